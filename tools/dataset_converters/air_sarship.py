"""Prepare AIR-SARShip-1.0 or 2.0: cut the scenes of both parts into tiles.

Written to ROOT/tiles: train/, test/ (16-bit tiles), train.json and test.json (COCO). The scenes
are split before they are cut, so no scene is in both parts.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import add_slicing, read_slicing
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError

VERSIONS = ('1.0', '2.0')


def main(argv: Sequence[str] | None = None) -> None:
    """Prepare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', type=Path, help='folder of the data set')
    parser.add_argument('--version', choices=VERSIONS, help='default: told by the folder names')
    parser.add_argument('--out', type=Path, help='folder for the tiles; default: ROOT/tiles')
    add_slicing(parser)
    args = parser.parse_args(argv)
    from mmsar.datasets import AIRSARShip1, AIRSARShip2
    from mmsar.datasets.detection.tile_set import write_tile_set

    slicing = read_slicing(args)
    reader = AIRSARShip1 if (args.version or find_version(args.root)) == '1.0' else AIRSARShip2
    # Both parts are read before one is cut: what is wrong shows at once.
    parts = [(name, reader(str(args.root), name, test_mode=True)) for name in ('train', 'test')]
    for name, scenes in parts:
        write_tile_set(scenes, args.out or args.root / 'tiles', name, slicing, args.processes)


def find_version(root: Path) -> str:
    """Tell the version by the names of the folder and of those in it.

    Raises:
        ConfigError: They name no version, or both.
    """
    names = [root.resolve().name, *(path.name for path in root.glob('*') if path.is_dir())]
    found = [version for version in VERSIONS if any(version in name for name in names)]
    if len(found) != 1:
        raise ConfigError(
            f'{root}: the folder names do not tell which AIR-SARShip this is; add --version 1.0 or '
            '--version 2.0'
        )
    return found[0]


if __name__ == '__main__':
    run_tool(main)
