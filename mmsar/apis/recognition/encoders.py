"""Frozen networks that turn chips into features, and the weights they must have."""

from collections.abc import Callable, Mapping
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

# (N, C, H, W), as the data preprocessor gives them, to levels (N, C_i, H_i, W_i)
Encoder = Callable[[Tensor], Any]
# Where a file may have the weights of a backbone
_PREFIXES = ('', 'backbone.')


def build_preprocessor(config: Config) -> nn.Module:
    """Return what brings a batch to the range of the network: the config's, of a classifier."""
    from mmengine.registry import MODELS

    settings = dict(config.model.get('data_preprocessor') or config.get('data_preprocessor') or {})
    settings.setdefault('type', 'mmpretrain.ClsDataPreprocessor')
    return MODELS.build(settings)


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
    return backbone.eval().requires_grad_(False)


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


def timm_encoder(name: str, path: str | Path) -> tuple[Encoder, nn.Module]:
    """Return a network of timm with weights from a file, and nothing without them.

    Args:
        name: Such as ``resnet50``.
        path: Its state dict (.pth, .safetensors), with a classifier or without.

    Returns:
        A function of grey images (N, 1, H, W), 0 to 1; and the network.

    Raises:
        ConfigError: timm is not installed, or has no such network.
        CheckpointError: The file has not every weight.
    """
    try:
        import timm
    except ImportError as error:
        raise ConfigError(f'--baseline timm-{name} needs timm: pip install timm') from error
    if not timm.is_model(name):
        near = ', '.join(timm.list_models(f'*{name[:6]}*')[:5])
        raise ConfigError(f'--baseline timm-{name}: timm has no {name}; it has {near}')
    network: Any = timm.create_model(name, pretrained=False, num_classes=0)
    if Path(path).suffix == '.safetensors':
        from safetensors.torch import load_file as load_safetensors

        weights: Mapping[str, Any] = load_safetensors(path)
    else:
        weights = load_file(path, map_location='cpu')
        weights = weights.get('state_dict', weights)
    problem = misfits(weights, network.state_dict(), extra=False)
    if problem:
        raise CheckpointError(f"{path} does not have the weights of timm's {name}: {problem}")
    network.load_state_dict({key: weights[key] for key in network.state_dict()})
    network.eval().requires_grad_(False)
    mean, std = (
        torch.tensor(network.pretrained_cfg[key])[:, None, None] for key in ('mean', 'std')
    )

    def encode(images: Tensor) -> Tensor:
        colours = images.expand(-1, 3, -1, -1)
        return network.forward_features((colours - mean.to(images)) / std.to(images))

    return encode, network


def _require_meaning(found: Mapping[str, Any], path: str | Path) -> None:
    if not any(torch.is_tensor(value) for value in found.values()):
        raise CheckpointError(f'{path} holds no weights by name')
