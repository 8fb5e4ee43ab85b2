"""Backbones whose features are used as they are, and the weights they must have."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.classifiers.pooled_norm import POOLS, pool_tokens
from mmsar.models.weights import misfits, without_prefix
from mmsar.randomness import seed_host

# Where a file may have the weights of a backbone
_PREFIXES = ('', 'backbone.')


def build_backbone(config: Config, seed: int = 0) -> nn.Module:
    """Return the backbone of a config with random weights.

    Args:
        config: Of a classifier, or of pre-training.
        seed: Of the weights.

    Raises:
        ConfigError: It has no backbone.
    """
    from mmengine.registry import MODELS

    if not config.get('model') or 'backbone' not in config.model:
        raise ConfigError('the model of the config has no backbone to take features from')
    settings = {**config.model.backbone, 'init_cfg': None}
    seed_host(seed)
    backbone = MODELS.build({**settings, '_scope_': config.get('default_scope', 'mmpretrain')})
    backbone.eval()  # OpenMMLab's ResNet returns nothing
    return backbone.requires_grad_(False)


def load_backbone(backbone: nn.Module, path: str | Path) -> str:
    """Load weights, all of them.

    Args:
        backbone: The network, changed in place.
        path: A checkpoint of ``tools/train.py`` (pre-training or classifier), or a backbone's
            weights alone, as ``tools/model_converters/saratrx.py --part backbone`` writes them.

    Returns:
        What the names of the weights begin with in the file.

    Raises:
        CheckpointError: It cannot be read, or does not have every weight.
    """
    checkpoint: Any = load_file(path, map_location='cpu')
    for key in ('state_dict', 'model'):
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get(key), dict):
            checkpoint = checkpoint[key]
    if not isinstance(checkpoint, dict):
        raise CheckpointError(f'{path} holds no weights by name')
    found = {str(name).removeprefix('module.'): value for name, value in checkpoint.items()}
    _require_meaning(found, path)
    wanted = backbone.state_dict()
    parts = {prefix: without_prefix(found, prefix) for prefix in _PREFIXES}
    problems = {prefix: misfits(part, wanted, extra=False) for prefix, part in parts.items()}
    for prefix, problem in problems.items():
        if not problem:
            backbone.load_state_dict({name: parts[prefix][name] for name in wanted})
            return prefix
    best = max(parts, key=lambda prefix: len(parts[prefix].keys() & wanted.keys()))
    raise CheckpointError(
        f'{path} does not have the weights of the backbone of this config '
        f'({type(backbone).__name__}, {len(wanted)} tensors): {problems[best]}. Give the file of '
        'such a backbone, or set model.backbone.arch and model.backbone.img_size to its own'
    )


def pooled(levels: Any, pool: str) -> Tensor:
    """Return the last level of a backbone as vectors that no norm has seen.

    Args:
        levels: (N, C_i, H_i, W_i), or one.
        pool: ``mean``: (N, 1, C); ``grid``: (N, H * W, C).

    Raises:
        ConfigError: There is no such way to pool.
    """
    if pool not in POOLS:
        raise ConfigError(f'pool={pool!r}: choose one of {", ".join(POOLS)}')
    return pool_tokens(levels[-1] if isinstance(levels, list | tuple) else levels, pool)


def _require_meaning(found: Mapping[str, Any], path: str | Path) -> None:
    if not any(torch.is_tensor(value) for value in found.values()):
        raise CheckpointError(f'{path} holds no weights by name')
