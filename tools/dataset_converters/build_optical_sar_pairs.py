"""Make a set of optical-SAR pairs from scenes with matched points.

The optical image of each scene is registered onto the SAR image (bilinear), both are cut into
patches, and patches without texture, with seams, with missing data and near-duplicates are left
out. Doubtful ones are listed in OUT/review.csv and drawn in OUT/review_1.png and so on: write keep
or drop into the column decision and run the same command again.

Written to OUT: sar/, optical/ (PNG), pairs.csv (for mmsar.OpticalSARPairs), registration.csv.
"""

import argparse
import csv
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmsar.apis.cli import natural, positive, positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import DataError
from mmsar.io import replacing


def main(argv: Sequence[str] | None = None) -> None:
    """Build."""
    args = _parse(argv)
    from mmsar.datasets.pairs.building.build import build_pairs
    from mmsar.datasets.pairs.building.patches import Grid, Split
    from mmsar.datasets.pairs.building.quality import Limits
    from mmsar.datasets.pairs.building.radiometry import Radiometry
    from mmsar.datasets.pairs.building.scenes import read_scenes

    grid = Grid(args.size, args.overlap)
    split = Split(args.split, args.split_by, args.block, args.gap, args.seed)
    limits = Limits(
        args.max_missing, args.min_entropy, args.min_structure, args.max_seam, args.max_similarity
    )
    radiometry = Radiometry(
        args.stretch,
        args.low,
        args.high,
        args.domain,
        args.sar_band,
        tuple(args.optical_bands) if args.optical_bands else None,
    )
    sources = register_scenes(read_scenes(args.scenes), args, radiometry)
    patches = build_pairs(sources, args.out, grid, limits, split, args.processes)
    _print_summary(patches, args.out)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'scenes',
        type=Path,
        help='csv or JSON: scene, sar, optical, points (docs/datasets/optical_sar_pairs.md)',
    )
    parser.add_argument('out', type=Path, help='folder of the new set')
    group = parser.add_argument_group('registration')
    group.add_argument('--model', choices=['affine', 'projective'], default='affine')
    group.add_argument(
        '--ransac',
        type=positive,
        metavar='PIXELS',
        help='leave out points that are further from what most agree on; default: use all',
    )
    group.add_argument(
        '--max-error',
        type=positive,
        default=2.0,
        metavar='PIXELS',
        help='refuse a scene whose points predict each other worse; default 2 SAR pixels',
    )
    group = parser.add_argument_group('patches')
    group.add_argument('--size', type=positive_int, default=256, help='in pixels; default 256')
    group.add_argument('--overlap', type=float, default=0.2, help='share of a patch; default 0.2')
    group.add_argument(
        '--stretch',
        choices=['percentile', 'db', 'fixed', 'keep'],
        default='percentile',
        help='of SAR values to 8 bits, or keep 16 bits; default: percentiles of the scene',
    )
    group.add_argument('--low', type=float, help='of the stretch; default: percentile 1')
    group.add_argument('--high', type=float, help='of the stretch; default: percentile 99')
    group.add_argument('--domain', choices=['amplitude', 'intensity', 'db'], help='of SAR values')
    group.add_argument('--sar-band', type=natural, default=0, metavar='N', help='default 0')
    group.add_argument(
        '--optical-bands', type=natural, nargs='+', metavar='N', help='default: 0 1 2, or 0'
    )
    group = parser.add_argument_group('limits')
    for name, default, what in (
        ('--max-missing', 0.01, 'share of pixels without data'),
        ('--min-entropy', 4.0, 'bits, of the optical image'),
        ('--min-structure', 0.08, 'variation beyond noise, of both images'),
        ('--max-seam', 1.2, 'of the optical image'),
        ('--max-similarity', 0.9, 'to the optical image of another patch'),
    ):
        group.add_argument(
            name, type=float, default=default, metavar='X', help=f'{what}; default {default:g}'
        )
    group = parser.add_argument_group('split')
    group.add_argument('--split', type=float, metavar='SHARE', help='of train; default: no split')
    group.add_argument(
        '--split-by', choices=['scene', 'blocks'], default='scene', help='default: scene'
    )
    group.add_argument(
        '--block', type=positive_int, default=5, metavar='N', help='patches a side; default 5'
    )
    group.add_argument(
        '--gap', type=natural, default=0, metavar='PIXELS', help='between the parts; default 0'
    )
    group.add_argument('--seed', type=natural, default=0)
    parser.add_argument(
        '--processes', type=positive_int, default=os.cpu_count() or 1, help='default: all cores'
    )
    return parser.parse_args(argv)


def register_scenes(scenes: Sequence[Any], args: argparse.Namespace, radiometry: Any) -> list[Any]:
    """Register all scenes, print and write how well, and refuse them if one is bad.

    Raises:
        DataError: The points of a scene do not agree.
    """
    from mmsar.datasets.pairs.building.registration import register
    from mmsar.datasets.pairs.building.source import prepare

    sources, report, bad = [], [], []
    for scene in scenes:
        fit = register(scene.points, scene.name, args.model, args.ransac)
        source = prepare(scene.name, scene.sar, scene.optical, fit, radiometry)
        worst = int(np.where(fit.used, fit.residuals, -1).argmax())
        hull = cv2.convexHull(scene.points[fit.used, :2].astype(np.float32))
        report.append(
            {
                'scene': scene.name,
                'points': len(scene.points),
                'used': int(fit.used.sum()),
                'rms': round(fit.rms, 3),
                'worst': round(float(fit.residuals[worst]), 3),
                'worst_point': worst + 1,
                'error': round(fit.error, 3),
                'scale': round(fit.scale((source.shape[1] / 2, source.shape[0] / 2)), 4),
                'covered': round(cv2.contourArea(hull) / (source.shape[0] * source.shape[1]), 3),
            }
        )
        line = report[-1]
        print(
            '{scene}: {used} of {points} points, RMS {rms} px, worst {worst} px (point '
            '{worst_point}), error at other places {error} px, scale {scale}, points around '
            '{covered:.0%} of the SAR image'.format(**line)
        )
        if not fit.error <= args.max_error:  # an error that is not a number is no success
            bad.append(f'{scene.name} ({line["error"]} px; worst: point {line["worst_point"]})')
        sources.append(source)
    path = args.out / 'registration.csv'
    with replacing(path) as temporary, temporary.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(report[0]))
        writer.writeheader()
        writer.writerows(report)
    if bad:
        raise DataError(
            f'registration is worse than --max-error {args.max_error:g}: {", ".join(bad)}. Correct '
            'these points, take more, use --ransac, or cut the scene into parts'
        )
    return sources


def _print_summary(patches: Sequence[Any], out: Path) -> None:
    reasons = Counter(patch.reason for patch in patches)
    parts = Counter(patch.part for patch in patches if not patch.reason)
    dropped = ', '.join(f'{name} {count}' for name, count in sorted(reasons.items()) if name)
    print(
        f'{out}: {reasons[""]} of {len(patches)} patch pairs kept ('
        f'{", ".join(f"{name} {count}" for name, count in sorted(parts.items()))}); left out: '
        f'{dropped or "none"}'
    )
    listed = [patch for patch in patches if patch.to_review]
    doubtful, open_ones = len(listed), sum(not patch.decision for patch in listed)
    if doubtful:
        print(
            f'{doubtful} are doubtful, {open_ones} of them without a decision: look at '
            f'{out / "review_1.png"}, write keep or drop into {out / "review.csv"}, and run again'
        )


if __name__ == '__main__':
    run_tool(main)
