"""Convert a published checkpoint of SSNet.

What is written holds the weights of mmsar.SSNet, by the names that it has on its own, and a meta.
Sizes and scale are read from the weights. Tensors that have no influence on the published output
are dropped; any other that is missing or left over is an error.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from mmsar.apis.explain import run_tool
from mmsar.errors import CheckpointError, ConfigError
from mmsar.io import replacing
from mmsar.models.weights import read_weights


def main(argv: Sequence[str] | None = None) -> None:
    """Convert."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('input', type=Path, metavar='IN', help='published checkpoint')
    parser.add_argument('out', type=Path, metavar='OUT', help='must end in .pth')
    args = parser.parse_args(argv)
    if args.out.suffix != '.pth':
        raise ConfigError(f'{args.out}: the name must end in .pth')
    if args.out.resolve() == args.input.resolve():
        raise ConfigError(f'{args.out} is the input itself; choose another OUT')
    from mmsar.models.restoration import SSNet
    from mmsar.models.restoration.ssnet_weights import from_official, settings_of

    weights = read_weights(args.input, ('params', 'params_ema', 'model', 'state_dict'))
    if 'conv_up.weight' in weights:
        raise CheckpointError(f'{args.input} has the names of mmsar already: use it as it is')
    settings = settings_of(weights)
    if not settings:
        raise CheckpointError(
            f'{args.input} is no published SSNet: it lacks conv_in.weight, up.0.weight or '
            f'body.0.body.0.dau_top.beta (its first tensor is {next(iter(weights))})'
        )
    with torch.device('meta'):
        model = SSNet(**settings)
    done = from_official(weights, model.state_dict(), str(args.input))
    meta = {
        'source': f'{args.input.name}, github.com/Tombs98/SSNet',
        'licence': 'none is stated: all rights are with the authors',
        'settings': {'type': 'mmsar.SSNet', **settings},
    }
    with replacing(args.out) as temporary:
        torch.save({'state_dict': done.weights, 'meta': meta}, temporary)
    kinds = sorted({'.'.join(name.split('.')[-3:]) for name in done.dropped})
    print(
        f'coverage: {done.taken} of {len(weights)} tensors taken, {len(done.dropped)} dropped '
        f'(without influence on the output: {_some(kinds)}); {len(done.weights)} of '
        f'{len(done.weights)} of the model filled, '
        f'{sum(weight.numel() for weight in done.weights.values())} parameters'
    )
    print(f'model: {meta["settings"]}')
    print(f'wrote {args.out}')


def _some(names: Sequence[str], shown: int = 5) -> str:
    return ', '.join(names[:shown]) + ', ...' * (len(names) > shown)


if __name__ == '__main__':
    run_tool(main)
