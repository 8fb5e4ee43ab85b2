"""Detect ships by CA-CFAR at several thresholds, and print the AP50 of each.

The best of them is what a detector has to beat: no training, one threshold chosen in hindsight.
"""

import argparse
import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mmsar.apis.cli import positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.provenance import hardware, now, versions, write_json
from mmsar.errors import ConfigError
from mmsar.io import convert_domain, read_raster
from mmsar.models.detectors import CACFAR

Detections = list[tuple[int, NDArray[np.float32], NDArray[np.float32]]]


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
        ann_file=str(args.annotations), data_prefix={'img': str(args.images)}, test_mode=True
    )
    cfar = CACFAR(0.0, args.guard, args.background)
    found: dict[float, Detections] = {threshold: [] for threshold in args.thresholds}
    for number in track(range(len(data)), 'detecting'):
        info = data.get_data_info(number)
        array, _ = read_raster(info['img_path'], bands=[0])
        ratio = cfar.ratio(convert_domain(array[..., 0], args.domain, 'intensity'))
        for threshold, detections in found.items():
            detections.append((info['img_id'], *replace(cfar, threshold_db=threshold).group(ratio)))
    print('threshold [dB]  detections   AP50')
    scores = {}
    for threshold, detections in found.items():
        scores[threshold] = average_precision(args.annotations, detections)
        count = sum(len(values) for _, _, values in detections)
        print(f'{threshold:14.1f}  {count:10d}  {scores[threshold]:5.3f}')
    best = max(scores, key=lambda threshold: scores[threshold])
    print(f'best CA-CFAR: AP50 {scores[best]:.3f} at {best:.1f} dB')
    if args.out:
        write_result(args, best, scores[best])


def write_result(args: argparse.Namespace, threshold_db: float, ap50: float) -> None:
    """Write a record for tools/analysis_tools/collect_results.py."""
    record = {
        'detector': 'CA-CFAR',
        'data_set': args.data_set,
        'note': f'best of {len(args.thresholds)} thresholds ({threshold_db:g} dB)',
        'annotations': str(args.annotations),
        'settings': {'guard': args.guard, 'background': args.background},
        'metrics': {'coco/bbox_mAP_50': ap50},
        'hardware': hardware(),
        'versions': versions(),
        'date': now(),
    }
    write_json(args.out, record)


def average_precision(annotations: Path, detections: Detections) -> float:
    """Return COCO's AP at IoU 0.5, all classes as one."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    results = [
        {
            'image_id': image_id,
            'category_id': 0,
            'bbox': [x1, y1, x2 - x1, y2 - y1],
            'score': score,
        }
        for image_id, boxes, scores in detections
        for (x1, y1, x2, y2), score in zip(boxes.tolist(), scores.tolist(), strict=True)
    ]
    if not results:
        return 0.0
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools talks
        truth = COCO()
        truth.dataset = json.loads(annotations.read_text(encoding='utf-8-sig'))
        for number, annotation in enumerate(truth.dataset['annotations'], 1):
            annotation['id'] = number  # 0 would count as 'no match'
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), 'bbox')
        evaluation.params.useCats = 0
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval['precision'][0, :, :, 0, -1]
    return float(precision[precision > -1].mean())


if __name__ == '__main__':
    run_tool(main)
