"""Make SAR-VSA, 25 classes, from MSTAR, FUSAR-Ship and SAR-ACD.

OUT gets train.csv and test.csv, for mmsar.SARVSA, and PNG files of chips that have not 8 bits.
MSTAR is divided by its protocol, FUSAR-Ship by its folders Train and Val; where there are none, and
SAR-ACD always without train and test, by a seeded draw, for the lists of SARATR-X are not
published. Views of one image of SAR-ACD stay together. The counts are printed beside those of the
README.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError

_FLAGS = {'mstar': '--mstar', 'fusar_ship': '--fusar-ship', 'sar_acd': '--sar-acd'}


def main(argv: Sequence[str] | None = None) -> None:
    """Build."""
    args = _parse(argv)
    from mmsar.datasets.recognition.sar_vsa_building import Building, build_sar_vsa

    folders = {key: getattr(args, key) for key in _FLAGS if getattr(args, key)}
    missing = [flag for key, flag in _FLAGS.items() if key not in folders]
    if missing and not args.incomplete:
        raise ConfigError(
            f'{", ".join(missing)} is not given; --incomplete makes a part of SAR-VSA without it'
        )
    options: dict[str, dict[str, Any]] = {key: {} for key in folders}
    if 'mstar' in folders:
        options['mstar']['serials'] = args.serials
    for key, text in _pairs(args.alias, '--alias', folders):
        name, equals, label = text.partition('=')
        if not (name and equals and label):
            raise ConfigError(f'--alias {key}={text}: give SET=FOLDER=CLASS')
        options[key].setdefault('aliases', {})[name] = label
    for key, pattern in _pairs(args.exclude, '--exclude', folders):
        options[key].setdefault('exclude', []).append(pattern)
    building = Building(
        args.seed, args.redraw, args.complete, options, args.low, args.high, args.threads
    )
    counts = build_sar_vsa(folders, args.out, building)
    _print_counts(counts)
    for split, found in counts.items():
        print(f'{args.out / split}.csv: {sum(found.values())} chips')


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder that is made; it must not exist')
    for key, flag in _FLAGS.items():
        parser.add_argument(flag, type=Path, dest=key, metavar='FOLDER')
    parser.add_argument(
        '--incomplete', action='store_true', help='make what there is, without the other sets'
    )
    parser.add_argument(
        '--complete', action='store_true', help='refuse other counts than those of the README'
    )
    group = parser.add_argument_group('parts')
    group.add_argument('--seed', type=natural, default=0, help='of draws; default 0')
    group.add_argument(
        '--redraw',
        nargs='+',
        default=[],
        metavar='SET',
        help='draw the parts of fusar_ship or sar_acd although there are folders train and test',
    )
    group.add_argument(
        '--serials',
        choices=('three', 'one'),
        default='three',
        help='of BMP2 and T72; default three',
    )
    group.add_argument(
        '--alias',
        nargs='+',
        default=[],
        metavar='SET=FOLDER=CLASS',
        help='class of a folder (fusar_ship=Tug="ship (others)")',
    )
    group.add_argument(
        '--exclude', nargs='+', default=[], metavar='SET=PATTERN', help='leave out these files'
    )
    group = parser.add_argument_group('chips that have not 8 bits')
    group.add_argument(
        '--low', type=float, default=0.0, help='percentile that becomes 0; default 0'
    )
    group.add_argument('--high', type=float, default=99.9, help='percentile of 255; default 99.9')
    parser.add_argument(
        '--threads', type=positive_int, default=min(8, os.cpu_count() or 1), help='that read files'
    )
    return parser.parse_args(argv)


def _pairs(values: Sequence[str], flag: str, folders: Mapping[str, Path]) -> list[tuple[str, str]]:
    pairs = []
    for value in values:
        key, equals, rest = value.partition('=')
        if not (key and equals and rest):
            raise ConfigError(f'{flag} {value}: give SET=...')
        if key not in folders:
            raise ConfigError(f'{flag} {value}: {key!r} is none of {", ".join(folders)}')
        pairs.append((key, rest))
    return pairs


def _print_counts(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Print the chips of each class beside the README of SARATR-X."""
    from mmsar.datasets.recognition.sar_vsa import VSA_CLASSES, VSA_COUNTS

    rows = [['class', 'train', 'README', 'test', 'README']]
    for name in (*VSA_CLASSES, 'all'):
        row = [name]
        for split in ('train', 'test'):
            found, published = counts[split], VSA_COUNTS[split]
            pair = (
                (sum(found.values()), sum(published.values()))
                if name == 'all'
                else (found.get(name, 0), published[name])
            )
            row += [f'{number:,}' for number in pair]
        rows.append(row)
    widths = [max(len(row[place]) for row in rows) for place in range(5)]
    for row in rows:
        cells = [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        print('  '.join([row[0].ljust(widths[0]), *cells]))


if __name__ == '__main__':
    run_tool(main)
