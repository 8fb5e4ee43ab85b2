"""Frozen networks that turn chips into features, and the weights they must have."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.frozen_backbone import build_backbone, load_backbone, pooled
from mmsar.models.weights import misfits

__all__ = [
    'Encoder',
    'build_backbone',
    'build_preprocessor',
    'load_backbone',
    'pooled',
    'timm_encoder',
]

# (N, C, H, W), as the data preprocessor gives them, to levels (N, C_i, H_i, W_i)
Encoder = Callable[[Tensor], Any]


def build_preprocessor(config: Config) -> nn.Module:
    """Return what brings a batch to the range of the network: the config's, of a classifier."""
    from mmengine.registry import MODELS

    settings = dict(config.model.get('data_preprocessor') or config.get('data_preprocessor') or {})
    settings.setdefault('type', 'mmpretrain.ClsDataPreprocessor')
    return MODELS.build(settings)


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
