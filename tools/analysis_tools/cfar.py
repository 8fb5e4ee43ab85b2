"""Detect ships by CA-CFAR at several thresholds, and print the AP50 of each.

The best of them is what a detector has to beat: no training, one threshold chosen in hindsight.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.progress import track

from mmsar.apis.cli import positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.provenance import hardware, now, versions, write_json
from mmsar.errors import ConfigError
from mmsar.evaluation.detection.coco import CocoEvaluation
from mmsar.evaluation.detection.reading import read_truth
from mmsar.evaluation.detection.records import Detections, ImageRecord
from mmsar.io import convert_domain, read_raster
from mmsar.models.detectors import CACFAR


def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('annotations', type=Path, help='COCO file')
    parser.add_argument('images', type=Path, help='folder of its images')
    parser.add_argument(
        '--domain', default='amplitude', choices=['amplitude', 'intensity', 'db'], help='of them'
    )
    parser.add_argument('--guard', type=positive_int, default=CACFAR.guard)
    parser.add_argument('--background', type=positive_int, default=CACFAR.background)
    parser.add_argument(
        '--thresholds', type=float, nargs='+', default=list(np.arange(2.0, 17.0)), metavar='DB'
    )
    parser.add_argument(
        '--every', type=positive_int, default=1, metavar='N', help='take every n-th image only'
    )
    parser.add_argument('--out', type=Path, metavar='FILE.json', help='write the best result')
    parser.add_argument(
        '--data-set', metavar='NAME', help="with --out: last part of its configs' names (ports)"
    )
    args = parser.parse_args(argv)
    if args.out and not args.data_set:
        raise ConfigError(
            '--out needs --data-set NAME, such as ports: the page of results lists it'
        )
    from mmsar.datasets import CocoDetection

    data = CocoDetection(
        ann_file=str(args.annotations),
        data_prefix={'img': str(args.images)},
        single_class='target',
        test_mode=True,
    )
    detectors = [CACFAR(value, args.guard, args.background) for value in args.thresholds]
    found: dict[CACFAR, list[ImageRecord]] = {detector: [] for detector in detectors}
    for number in track(range(0, len(data), args.every), 'detecting'):
        info = data.get_data_info(number)
        path = info['img_path']
        truth = read_truth(info['instances'], path)
        array, _ = read_raster(path, bands=[0])
        ratio = detectors[0].ratio(convert_domain(array[..., 0], args.domain, 'intensity'))
        for detector, images in found.items():
            boxes, scores = detector.group(ratio)
            detections = Detections(boxes, scores, np.zeros(len(boxes), np.int64))
            images.append(ImageRecord(path, ratio.size, detections, truth))
    print('threshold [dB]  detections   AP50')
    precisions = {}
    for detector, images in found.items():
        threshold = detector.threshold_db
        evaluation = CocoEvaluation(images, 1, iou_thrs=[0.5], by_size=False)
        precisions[threshold] = evaluation.accumulate(np.arange(len(images))).mean()
        count = sum(len(image.detections.boxes) for image in images)
        print(f'{threshold:14.1f}  {count:10d}  {precisions[threshold]:5.3f}')
    best = max(precisions, key=lambda threshold: precisions[threshold])
    print(f'best CA-CFAR: AP50 {precisions[best]:.3f} at {best:.1f} dB')
    if args.out:
        write_result(args, best, precisions[best])


def write_result(args: argparse.Namespace, threshold_db: float, ap50: float) -> None:
    """Write a record for tools/analysis_tools/collect_results.py."""
    record = {
        'detector': 'CA-CFAR',
        'data_set': args.data_set,
        'note': f'best of {len(args.thresholds)} thresholds ({threshold_db:g} dB)',
        'annotations': str(args.annotations),
        'settings': {
            'guard': args.guard,
            'background': args.background,
            'domain': args.domain,
            'every': args.every,
        },
        'metrics': {'coco/bbox_mAP_50': ap50},
        'hardware': hardware(),
        'versions': versions(),
        'date': now(),
    }
    write_json(args.out, record)


if __name__ == '__main__':
    run_tool(main)
