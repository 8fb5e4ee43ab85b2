"""Write a folder like that of Stable Diffusion 1.5, with small networks of random weights.

For trying out migration, and for tests, without a download: the layers, files and names are those
of the real one. What it makes of images means nothing before they are trained.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import natural
from mmsar.apis.explain import run_tool
from mmsar.models.generation.small_stable_diffusion import (
    CHIP_UNET,
    CHIP_VAE,
    write_small_stable_diffusion,
)


def main(argv: Sequence[str] | None = None) -> None:
    """Write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'out',
        type=Path,
        nargs='?',
        default=Path('checkpoints/small_stable_diffusion'),
        metavar='FOLDER',
        help='default: %(default)s',
    )
    parser.add_argument('--seed', type=natural, default=0, help='of the weights')
    parser.add_argument(
        '--for-chips',
        action='store_true',
        help='networks to be trained on chips of 64 pixels (docs/migration.md)',
    )
    args = parser.parse_args(argv)
    sizes = {'unet': CHIP_UNET, 'vae': CHIP_VAE} if args.for_chips else {}
    write_small_stable_diffusion(args.out, args.seed, **sizes)
    size = sum(path.stat().st_size for path in args.out.rglob('*') if path.is_file())
    print(f'wrote {args.out}: {size / 1e6:.1f} MB')


if __name__ == '__main__':
    run_tool(main)
