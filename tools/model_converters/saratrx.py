"""Convert a published checkpoint of SARATR-X or HiViT.

What is written holds the weights of a part of mmsar's model, by the names that the part has on its
own, and a meta. The model is that of a config: by default, those of SARATR-X, base. Every tensor of
the part must be in the file, but for position embeddings: absent ones get their sin-cos values,
those of another grid are resized.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mmsar.apis.cli import Options
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError
from mmsar.io import replacing
from mmsar.models.weights import read_weights

CONFIGS = Path(__file__).parents[2] / 'configs' / 'saratrx'
PRETRAINING = CONFIGS / 'saratrx_hivit-base_8xb100-coslr-800e_sar186k.py'
DETECTION = CONFIGS / 'faster-rcnn_saratrx-base_fpn_8xb2-36e_sardet100k.py'
PARTS = ('pretrain', 'backbone', 'detection-backbone', 'detector')
_CLASSES = 'roi_head.bbox_head.fc_cls.weight'


def main(argv: Sequence[str] | None = None) -> None:
    """Convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('input', type=Path, metavar='IN', help='published checkpoint')
    parser.add_argument('out', type=Path, metavar='OUT.pth')
    parser.add_argument('--part', choices=PARTS, required=True, help='what to take from it')
    parser.add_argument('--config', type=Path, help='of the model; default: that of the paper')
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='settings to change'
    )
    args = parser.parse_args(argv)
    if args.out.suffix != '.pth':
        raise ConfigError(f'{args.out}: the name must end in .pth')
    if args.out.resolve() == args.input.resolve():
        raise ConfigError(f'{args.out} is the published file itself; choose another name')
    from mmsar.models.backbones.hivit_weights import from_official

    weights = read_weights(args.input)
    detection = args.part.startswith('detect')
    config = load_config(
        args.config or (DETECTION if detection else PRETRAINING), args.cfg_options
    ).model
    if detection:
        # The published weights were trained so.
        config.backbone.update(official_merge_indices=True, official_input_range=True)
    if args.part == 'detector' and _CLASSES in weights:
        config.roi_head.bbox_head.num_classes = len(weights[_CLASSES]) - 1
    model = build(config, args.part)
    backbone: Any = getattr(model, 'backbone', model)
    done = from_official(
        weights, model.state_dict(), args.part, backbone.base_grid, str(args.input)
    )
    encoder_only = not any('decoder_' in name for name in weights)
    checkpoint = {
        'state_dict': done.weights,
        'meta': meta(config, args.part, args.input.name, encoder_only),
    }
    with replacing(args.out) as temporary:
        torch.save(checkpoint, temporary)
    print(
        f'coverage: {done.taken} of {len(weights)} tensors taken, {len(done.left_out)} left out'
        f'{_listed(done.left_out)}; {len(done.weights)} of {len(done.weights)} of the model filled'
    )
    if done.filled:
        print(f'not in the file, sin-cos values: {", ".join(done.filled)}')
    if done.resized:
        print(f'resized to {backbone.base_grid}: {", ".join(done.resized)}')
    if detection:
        print(
            'these weights need model.backbone.official_merge_indices=True and '
            'model.backbone.official_input_range=True, as in '
            'faster-rcnn_saratrx-base-official_fpn_8xb2-36e_sardet100k.py'
        )
    print(f'wrote {args.out}')


def build(config: Any, part: str) -> torch.nn.Module:
    """Build a part of the model, without memory for its values."""
    from mmengine.registry import MODELS, init_default_scope

    init_default_scope('mmdet' if part == 'detector' else 'mmsar')
    with torch.device('meta'):
        return MODELS.build(config.backbone if 'backbone' in part else config)


def meta(config: Any, part: str, name: str, encoder_only: bool) -> dict[str, Any]:
    """Say where the weights are from, and what a config must set with them."""
    from mmengine.config import Config

    values = {
        'source': f'{part} of {name}, github.com/waterdisappear/SARATR-X or zhangxiaosong18/hivit',
        'licence': 'CC BY-NC 4.0 (SARATR-X); see the project pages',
        'in_channels': 3,
        'cfg': Config({'model': config.to_dict()}).pretty_text,
    }
    # An encoder alone may be of ImageNet, where the input was normalised.
    if part.startswith('detect') or not encoder_only:
        values |= {'mean': [0.0] * 3, 'std': [255.0] * 3}
    return values


def _listed(names: list[str], shown: int = 3) -> str:
    more = ', ...' if len(names) > shown else ''
    return f' ({", ".join(names[:shown])}{more})' if names else ''


if __name__ == '__main__':
    run_tool(main)
