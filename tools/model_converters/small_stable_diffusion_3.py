"""Write a folder like that of Stable Diffusion 3.5, with small networks of random weights.

For trying out generation, for tests, and as the beginning of a training, without a download: parts,
files and names are those of the real one. Untrained, what it makes of prompts means nothing.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import natural
from mmsar.apis.explain import run_tool
from mmsar.models.generation.sd3.small import SIZES, write_small_stable_diffusion_3


def main(argv: Sequence[str] | None = None) -> None:
    """Write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'out',
        type=Path,
        nargs='?',
        metavar='FOLDER',
        help='default: checkpoints/ and the size, such as checkpoints/tiny_sd3',
    )
    parser.add_argument(
        '--size',
        choices=SIZES,
        default='tiny',
        help='tiny: for tests (default); mini: to be trained on a CPU',
    )
    parser.add_argument('--seed', type=natural, default=0, help='of the weights')
    args = parser.parse_args(argv)
    out = args.out or Path('checkpoints') / f'{args.size}_sd3'
    write_small_stable_diffusion_3(out, args.size, args.seed)
    size = sum(path.stat().st_size for path in out.rglob('*') if path.is_file())
    print(f'wrote {out}: {size / 1e6:.1f} MB')


if __name__ == '__main__':
    run_tool(main)
