"""Weights of the published bridge network under the names of ``mmsar.BridgeNetwork``.

Source: github.com/yaoxu008/BNN, MIT licence: a pair of ResNet-50 with two linears behind the
pooling, in PyTorch. Its ``model_1`` is the branch that it publishes as a backbone.
"""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mmsar.errors import CheckpointError
from mmsar.models.matching.bridge_network import BridgeNetwork
from mmsar.models.weights import misfits, without_prefix

# What torchvision calls ImageNet's normalisation, on a scale of 0 to 255; red, green, blue.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


def official_config(out_channels: int = 50) -> dict[str, Any]:
    """Return the config of the published network.

    Args:
        out_channels: Dimension of the common space.
    """
    branch = {
        'backbone': {
            'type': 'mmdet.ResNet',
            'depth': 50,
            'out_indices': (3,),
            'norm_eval': False,
            'style': 'pytorch',
        },
        'head': {
            'type': 'mmsar.BridgeHead',
            'in_channels': 2048,
            'out_channels': out_channels,
            'official': True,
        },
    }
    images = {'mean': list(MEAN), 'std': list(STD), 'channels': 3}
    return {
        'type': 'mmsar.BridgeNetwork',
        'data_preprocessor': {
            'type': 'mmsar.PairDataPreprocessor',
            'sar': images,
            'optical': dict(images),
        },
        'sar_branch': branch,
        'optical_branch': copy.deepcopy(branch),
        'loss': {'type': 'mmsar.BridgeLoss', 'alpha': 1.0},
    }


def from_official(
    weights: Mapping[str, Tensor], source: str, first: str = 'sar'
) -> dict[str, Tensor]:
    """Rename the weights of the published network.

    Args:
        weights: Its state dict, with or without the prefix of ``DataParallel``.
        source: What to call it in messages.
        first: The branch that ``model_1`` becomes, ``sar`` or ``optical``.

    Returns:
        State dict of the ``BridgeNetwork`` that :func:`official_config` describes, complete.

    Raises:
        CheckpointError: A weight is missing, misshapen, or left over.
    """
    weights = without_prefix(weights, 'module.') or dict(weights)
    wanted = official_shapes(out_channels(weights))
    names = {key: official_name(key, first) for key in wanted}
    problems = misfits(weights, {names[key]: weight for key, weight in wanted.items()})
    if problems:
        raise CheckpointError(
            f"{source} is not the published bridge network's state dict: {problems}"
        )
    return {key: weights[name].detach().cpu().contiguous() for key, name in names.items()}


def official_name(key: str, first: str = 'sar') -> str:
    """Return the published name of a weight of ``mmsar.BridgeNetwork`` with the official head."""
    branch, _, rest = key.partition('_branch.')
    rest = rest.replace('head.conv.', 'conv1.').removeprefix('head.')
    return f'model_{1 if branch == first else 2}.{rest}'


def out_channels(weights: Mapping[str, Tensor]) -> int:
    """Return the dimension of the common space; the paper's where the weights do not tell."""
    last = weights.get('model_1.fc2.weight')
    return 50 if last is None or last.ndim != 2 else last.shape[0]


def official_shapes(channels: int) -> dict[str, Tensor]:
    """Return names and shapes, without the memory of 47 million values."""
    config = official_config(channels)
    del config['type']
    with torch.device('meta'):
        return BridgeNetwork(**config).state_dict()
