"""Take one branch's backbone out of a bridge network, for a detector to start from.

    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint='OUT.pth'))

Its meta holds the normalisation and the kind of data that the branch was trained with; training
stops where a detector's normalisation is another one (mmsar.CheckNormalisationHook).
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmsar.apis.cli import require_output
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.stored_config import read_stored_config
from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError, ConfigError
from mmsar.io import replacing


def main(argv: Sequence[str] | None = None) -> None:
    """Publish."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'checkpoint', help='of a bridge network, trained or converted, or its work folder'
    )
    parser.add_argument('out', type=Path, metavar='OUT.pth')
    parser.add_argument('--branch', choices=['sar', 'optical'], required=True)
    parser.add_argument(
        '--config', type=Path, help="the network's; default: the one stored in the checkpoint"
    )
    parser.add_argument(
        '--channels', type=int, choices=[1, 3], default=3,
        help='input channels of the detector. 3 for a branch with 1: the stem is repeated and '
        'divided by 3, which gives the same for a grey image with three equal channels. Default: 3',
    )  # fmt: skip
    args = parser.parse_args(argv)
    require_output(args.out, 'OUT', '.pth')
    args.checkpoint = Path(find_checkpoint(args.checkpoint))
    checkpoint: Any = load_file(args.checkpoint, map_location='cpu')
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get('state_dict'), dict):
        raise CheckpointError(f'{args.checkpoint} holds no state_dict')
    config = read_config(args.config, checkpoint, args.checkpoint)
    backbone = build_backbone(config, args.branch)
    weights = branch_weights(checkpoint['state_dict'], backbone, args.branch, args.checkpoint)
    meta = branch_meta(config, args.branch, backbone)
    meta['source'] = f'{args.branch} branch of a bridge network, {args.checkpoint.name}'
    if (epoch := (checkpoint.get('meta') or {}).get('epoch')) is not None:
        meta['source'] += f', epoch {epoch}'
    weights = match_channels(weights, meta, args.channels)
    with replacing(args.out) as temporary:
        torch.save({'state_dict': weights, 'meta': meta}, temporary)
    print(f'wrote {args.out}: {len(weights)} weights; {meta}')


def read_config(path: Path | None, checkpoint: Mapping[str, Any], name: Path) -> Mapping[str, Any]:
    """Return the config given, or the one that the checkpoint holds.

    Raises:
        ConfigError: There is none, or it is not that of a bridge network.
    """
    text = (checkpoint.get('meta') or {}).get('cfg')
    if path is not None:
        config: Mapping[str, Any] = load_config(path)
    elif isinstance(text, str):
        config = read_stored_config(text, str(name))
    else:
        raise ConfigError(f'{name} has no config in its meta; give the one it was trained with: '
                          '--config FILE')  # fmt: skip
    if not {'sar_branch', 'optical_branch'} <= set(config.get('model') or {}):
        raise ConfigError(f'the config of {path or name} is not that of a bridge network')
    return config


def build_backbone(config: Mapping[str, Any], branch: str) -> torch.nn.Module:
    """Build the branch's backbone without the memory of its weights."""
    from mmsar.registry import MODELS

    backbone = config['model'][f'{branch}_branch']['backbone']
    with torch.device('meta'):
        return MODELS.build({**backbone, '_scope_': config.get('default_scope', 'mmsar')})


def branch_weights(
    state_dict: Mapping[str, Tensor], backbone: torch.nn.Module, branch: str, name: Path
) -> dict[str, Tensor]:
    """Return the weights of the branch's backbone under their bare names.

    Raises:
        CheckpointError: They are not exactly those of the backbone.
    """
    from mmsar.models.weights import misfits, without_prefix

    state_dict = without_prefix(state_dict, 'module.') or state_dict
    prefix = f'{branch}_branch.backbone.'
    weights = without_prefix(state_dict, prefix)
    problems = misfits(weights, backbone.state_dict())
    if problems:
        raise CheckpointError(
            f'{name}, weights named {prefix}*: {problems}. Is it the checkpoint of a bridge '
            'network, and the config the one it was trained with?'
        )
    return {key: value.detach().cpu().contiguous() for key, value in weights.items()}


def branch_meta(
    config: Mapping[str, Any], branch: str, backbone: torch.nn.Module
) -> dict[str, Any]:
    """Say what a detector must set with the weights, and what data they know."""
    from mmsar.models.weights import input_channels

    images = (config['model'].get('data_preprocessor') or {}).get(branch) or {}
    load = _step(config, 'LoadSARImage', branch)
    stretch = _step(config, 'StretchSAR', branch)
    meta: dict[str, Any] = {
        'branch': branch,
        'mean': [float(value) for value in images.get('mean') or [0.0]],
        'std': [float(value) for value in images.get('std') or [1.0]],
        'in_channels': input_channels(backbone),
        'domain': load.get('domain_out') or load.get('domain_in'),
        'stretch': {k: v for k, v in stretch.items() if k not in ('type', 'key')} or None,
    }
    if meta['in_channels'] == 3:
        meta['channel_order'] = 'rgb'  # of LoadSARImage
    slopes = {m.negative_slope for m in backbone.modules() if isinstance(m, torch.nn.LeakyReLU)}
    if slopes:
        (meta['negative_slope'],) = slopes
    return meta


def match_channels(
    weights: dict[str, Tensor], meta: dict[str, Any], channels: int
) -> dict[str, Tensor]:
    """Give the stem of a grey branch three input channels; changes ``meta`` with it.

    Raises:
        ConfigError: The branch has three channels and one is wanted.
    """
    if meta['in_channels'] == channels:
        return weights
    if channels == 1:
        raise ConfigError(
            f'this branch takes {meta["in_channels"]} channels; publish it with --channels 3'
        )
    name = next(key for key, weight in weights.items() if weight.ndim == 4)
    stem = weights[name]
    meta.update(in_channels=channels, mean=meta['mean'] * channels, std=meta['std'] * channels)
    return {**weights, name: stem.expand(-1, channels, -1, -1).contiguous() / channels}


def _step(config: Mapping[str, Any], kind: str, branch: str) -> dict[str, Any]:
    """Return the step of the training pipeline that is for this branch; empty if there is none."""
    found = (
        step
        for step in _dicts(config.get('train_dataloader'))
        if str(step.get('type')).rpartition('.')[2] == kind and step.get('key') == branch
    )
    return dict(next(found, {}))


def _dicts(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        node = list(node.values())
    if isinstance(node, list | tuple):
        for child in node:
            yield from _dicts(child)


if __name__ == '__main__':
    run_tool(main)
