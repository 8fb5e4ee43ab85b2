"""Convert a detection data set with one XML file an image to one COCO file.

The XML files may be PASCAL VOC's or those of the Gaofen challenge (points). What is wrong with them
is reported, and nothing is written.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.progress import track

from mmsar.apis.explain import run_tool
from mmsar.datasets import VOCDetection
from mmsar.datasets.detection.coco_file import write_coco


class _Shown(VOCDetection):
    """Shows how far reading has got."""

    def files(self) -> Iterable[Path]:
        """Return the annotation files."""
        return track(list(super().files()), 'reading')


def main(argv: Sequence[str] | None = None) -> None:
    """Convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', type=Path, metavar='VOC_ROOT', help='folder of the data set')
    parser.add_argument('out', type=Path, metavar='OUT.json', help='COCO file to write')
    parser.add_argument('--img-dir', default='JPEGImages', help='folder in it; default JPEGImages')
    parser.add_argument('--ann-dir', default='Annotations', help='likewise; default Annotations')
    parser.add_argument(
        '--list',
        default='',
        metavar='FILE',
        help='names of the samples, without suffix, one a line (ImageSets/Main/train.txt); '
        'default: all XML files',
    )
    parser.add_argument(
        '--classes', nargs='+', metavar='NAME', help='keep these, in this order; default: all'
    )
    parser.add_argument(
        '--zero-based',
        action='store_true',
        help='coordinates are edges counted from 0, not pixels counted from 1',
    )
    args = parser.parse_args(argv)
    if args.out.suffix != '.json':
        parser.error(f'{args.out}: the output must end in .json')
    data = _Shown(
        data_root=str(args.root),
        ann_file=args.list,
        data_prefix={'img': args.img_dir, 'ann': args.ann_dir},
        metainfo={'classes': tuple(args.classes)} if args.classes else None,
        one_based=not args.zero_based,
        test_mode=True,
    )
    boxes = convert(data, args.out)
    print(
        f'{args.out}: {len(data)} images, {boxes} objects, {len(data.metainfo["classes"])} classes'
    )


def convert(data: VOCDetection, out: Path) -> int:
    """Write a data set as a COCO file; return the number of its objects.

    The names of the images are relative to their folder.
    """
    images, annotations = [], []
    for number in range(len(data)):
        info = data.get_data_info(number)
        images.append(
            {
                'id': number + 1,
                'file_name': Path(info['img_path']).relative_to(data.data_prefix['img']).as_posix(),
                'width': info['width'],
                'height': info['height'],
            }
        )
        for box in info['instances']:
            x1, y1, x2, y2 = box['bbox']
            annotations.append(
                {
                    'image_id': number + 1,
                    'category_id': box['bbox_label'] + 1,
                    'bbox': [x1, y1, x2 - x1, y2 - y1],
                    'iscrowd': box['ignore_flag'],
                }
            )
    write_coco(out, images, annotations, data.metainfo['classes'])
    return len(annotations)


if __name__ == '__main__':
    run_tool(main)
