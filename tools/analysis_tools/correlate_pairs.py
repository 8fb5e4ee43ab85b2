"""Match image pairs by normalised cross-correlation: what a matcher has to beat.

No training, and the threshold is the best one in hindsight. The pairs are those of a config, with
its negatives, or those of two folders, each radar image also with another optical image.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from mmsar.apis.cli import Options, natural, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.matching.image_pairs import ImagePair, config_pairs, folder_pairs
from mmsar.apis.provenance import hardware, now, relative_to_repository, versions
from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.pairs import scores as matching_scores
from mmsar.evaluation.report import write_json
from mmsar.models.matching.ncc import FEATURES, feature, ncc


def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'source', nargs='+', metavar='CONFIG | SAR OPTICAL', help='config file, or two folders'
    )
    parser.add_argument('--part', choices=['val', 'test'], default='test', help='of the config')
    parser.add_argument(
        '--shifts', type=natural, nargs='+', default=[0, 8], metavar='PIXELS',
        help='take the best of all shifts up to this; default: 0, and 8',
    )  # fmt: skip
    parser.add_argument(
        '--sigma', type=float, default=1.5, help='of the smoothing, in pixels; default 1.5'
    )
    parser.add_argument(
        '--every', type=positive_int, default=1, metavar='N', help='take every n-th pair only'
    )
    parser.add_argument('--seed', type=natural, default=0, help='of the negatives of folders')
    parser.add_argument('--out', type=Path, metavar='FILE.json', help='write the figures')
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )
    args = parser.parse_args(argv)
    if len(args.source) > 2:
        raise ConfigError(f'{len(args.source)} sources: give one config file, or two folders')
    if not args.sigma > 0:
        raise ConfigError(f'--sigma {args.sigma}: give a number above zero')
    if len(args.source) == 1:
        data = config_pairs(load_config(args.source[0], args.cfg_options), args.part)
    else:
        data = folder_pairs(Path(args.source[0]), Path(args.source[1]), args.seed)
    pairs = (data[number] for number in range(0, len(data), args.every))
    count = -(-len(data) // args.every)
    results = evaluate(track(pairs, 'correlating', total=count), args.shifts, args.sigma)
    print('feature    shifts    AUC  95 % interval  accuracy  score')
    for row in results:
        print(
            f'{row["feature"]:10} {row["shifts"]:6d}  {row["AUC"]:5.3f}  {row["AUC_low"]:.3f} to '
            f'{row["AUC_high"]:.3f} {row["accuracy"]:9.3f}  {row["score"]:5.3f}'
        )
    best = max(results, key=lambda row: row['accuracy'])
    print(
        f'best cross-correlation: accuracy {best["accuracy"]:.3f}, AUC {best["AUC"]:.3f} '
        f'({best["feature"]}, shifts up to {best["shifts"]} pixels, {count} pairs)'
    )
    if args.out:
        record = {
            'source': [relative_to_repository(path) for path in args.source],
            'settings': {'sigma': args.sigma, 'every': args.every, 'part': args.part},
            'pairs': count,
            'results': results,
            'best': best,
            'hardware': hardware(),
            'versions': versions(),
            'date': now(),
        }
        write_json(args.out, record)


def evaluate(
    pairs: Iterable[ImagePair], shifts: Sequence[int], sigma: float
) -> list[dict[str, Any]]:
    """Return the figures of each feature and largest shift, each with its best threshold."""
    found: dict[tuple[str, int], list[float]] = {
        (name, shift): [] for name in FEATURES for shift in sorted(set(shifts))
    }
    labels, clusters = [], []
    widest = max(shifts)
    for pair in pairs:
        labels.append(pair.label)
        clusters.append(pair.group)
        for name in FEATURES:
            try:
                sar, optical = (feature(i, name, sigma) for i in (pair.sar, pair.optical))
                scores = ncc(sar, optical, widest)
            except DataError as error:
                raise DataError(f'{pair.name}: {error}') from error
            for shift in set(shifts):
                inner = slice(widest - shift, widest + shift + 1)
                found[name, shift].append(float(scores[inner, inner].max()))
    results = []
    for (name, shift), values in found.items():
        distances = 1 - np.array(values)  # the functions want small numbers for a match
        curve = matching_scores.curve(distances, labels)
        threshold = curve.best_threshold()
        low, high = matching_scores.auc_interval(distances, labels, clusters)
        results.append(
            {
                'feature': name,
                'shifts': shift,
                'AUC': curve.auc(),
                'AUC_low': low,
                'AUC_high': high,
                **matching_scores.rates(distances, labels, threshold),
                'score': 1 - threshold,
            }
        )
    return results


if __name__ == '__main__':
    run_tool(main)
