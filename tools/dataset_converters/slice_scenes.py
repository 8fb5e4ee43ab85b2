"""Cut annotated scenes into tiles for training and testing.

Tiles keep the type of the scene (16-bit stays 16-bit) and remember their scene and place, so that
predictions can be merged again. Split scenes into training and test before slicing.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import add_slicing, read_slicing
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Slice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'annotations', type=Path, help='COCO file, or a folder of PASCAL VOC XML files'
    )
    parser.add_argument('images', type=Path, help='folder of the scenes')
    parser.add_argument('out', type=Path, help='folder for the tiles and their COCO file')
    parser.add_argument('--name', default='train', help='of this part; default: %(default)s')
    add_slicing(parser)
    args = parser.parse_args(argv)
    from mmsar.datasets import CocoDetection, VOCDetection
    from mmsar.datasets.detection.tile_set import write_tile_set

    prefix = {'img': str(args.images)}
    if args.annotations.is_dir():
        prefix['ann'] = str(args.annotations)
        dataset = VOCDetection(data_prefix=prefix, test_mode=True)
    else:
        dataset = CocoDetection(ann_file=str(args.annotations), data_prefix=prefix, test_mode=True)
    write_tile_set(dataset, args.out, args.name, read_slicing(args), args.processes)


if __name__ == '__main__':
    run_tool(main)
