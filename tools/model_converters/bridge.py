"""Convert the state dict of the published bridge network (github.com/yaoxu008/BNN).

What is written holds the weights of mmsar.BridgeNetwork with the official head, as
configs/bridge/bridge_r50_official-head_qxs-saropt.py builds it, and a meta with the normalisation
and the model's config. Every tensor must be taken, and none may be missing.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mmsar.apis.cli import require_output
from mmsar.apis.explain import run_tool
from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError
from mmsar.io import replacing


def main(argv: Sequence[str] | None = None) -> None:
    """Convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('input', type=Path, metavar='IN', help='state dict of the published code')
    parser.add_argument('out', type=Path, metavar='OUT.pth')
    parser.add_argument(
        '--first', choices=['sar', 'optical'], default='sar',
        help='the modality that model_1 was trained on; default: sar',
    )  # fmt: skip
    args = parser.parse_args(argv)
    require_output(args.out, 'OUT', '.pth')
    from mmsar.models.matching.official_weights import from_official

    weights: Any = load_file(args.input, map_location='cpu')
    weights = weights.get('state_dict', weights) if isinstance(weights, dict) else weights
    if not isinstance(weights, dict) or not all(torch.is_tensor(w) for w in weights.values()):
        raise CheckpointError(f'{args.input} holds no weights by name')
    converted = from_official(weights, str(args.input), args.first)
    checkpoint = {'state_dict': converted, 'meta': meta(converted, args.input.name, args.first)}
    with replacing(args.out) as temporary:
        torch.save(checkpoint, temporary)
    print(
        f'coverage: {len(weights)} of {len(weights)} tensors taken, none left over; '
        f'{len(converted)} of {len(converted)} of the model filled, none missing\n'
        f'wrote {args.out}'
    )


def meta(weights: dict[str, Any], name: str, first: str) -> dict[str, Any]:
    """Say where the weights are from, and what a config must set with them."""
    from mmengine.config import Config

    from mmsar.models.matching.official_weights import MEAN, STD, official_config

    return {
        'source': f'github.com/yaoxu008/BNN, {name}; model_1 is the {first} branch',
        'mean': list(MEAN),
        'std': list(STD),
        'channel_order': 'rgb',
        'licence': 'MIT',
        'cfg': Config(
            {'model': official_config(len(weights['sar_branch.head.fc2.bias']))}
        ).pretty_text,
    }


if __name__ == '__main__':
    run_tool(main)
