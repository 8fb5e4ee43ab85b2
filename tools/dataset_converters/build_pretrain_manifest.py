"""List the chips of the 14 pre-training sets of SARATR-X, as far as they are there.

Large scenes are cut to the sizes of the README, other values than 8 bits are mapped to 8 bits.
Test parts, repetitions and chips of one value are left out, and OUT/left_out.csv says which. OUT
then has manifest.csv, for mmsar.SARChips, and the chips that had to be written. The counts are
printed beside those of the README.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError

if TYPE_CHECKING:
    from mmsar.datasets.pretraining.selection import SetResult


def main(argv: Sequence[str] | None = None) -> None:
    """Build."""
    args = _parse(argv)
    from mmsar.datasets.pretraining.build import MANIFEST, build_manifest
    from mmsar.datasets.pretraining.chips import Making
    from mmsar.datasets.pretraining.selection import Choices
    from mmsar.datasets.pretraining.source_files import find_sets

    tests: dict[str, list[str]] = {}
    for key, pattern in _pairs(args.test, '--test'):
        tests.setdefault(key, []).append(pattern)
    folders = {key: Path(path) for key, path in _pairs(args.folder, '--folder')}
    keep_tests = args.keep_tests
    choices = Choices(
        ['*'] if keep_tests == [] else keep_tests or [],
        tests,
        args.skip_corrupt,
        args.near,
        args.limit,
        args.seed,
        args.processes,
    )
    making = Making(overlap=args.overlap, low=args.low, high=args.high)
    results = build_manifest(find_sets(args.root, args.sets, folders), args.out, making, choices)
    _print_counts(results)
    print(f'{args.out / MANIFEST}: {sum(len(result.chips) for result in results)} chips')


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'root', type=Path, help='folder with one folder a set (docs/datasets/pretraining_sets.md)'
    )
    parser.add_argument('out', type=Path, help='folder for the manifest and the chips')
    parser.add_argument(
        '--sets', nargs='+', metavar='SET', help='these must be there; default: those that are'
    )
    parser.add_argument(
        '--folder', nargs='+', default=[], metavar='SET=PATH', help='of sets that lie elsewhere'
    )
    group = parser.add_argument_group('test parts')
    group.add_argument(
        '--keep-tests', nargs='*', metavar='SET', help='do not leave them out; default: of all sets'
    )
    group.add_argument(
        '--test',
        nargs='+',
        default=[],
        metavar='SET=PATTERN',
        help='leave out these files too (mstar=15_DEG/*)',
    )
    group = parser.add_argument_group('chips')
    group.add_argument('--overlap', type=float, default=0.0, help='share of a slice; default 0')
    group.add_argument(
        '--low', type=float, default=0.0, help='percentile that becomes 0 of 255; default 0'
    )
    group.add_argument('--high', type=float, default=99.9, help='percentile of 255; default 99.9')
    group.add_argument(
        '--near', type=float, metavar='X', help='leave out what correlates more within its set'
    )
    group.add_argument('--limit', type=positive_int, metavar='N', help='chips of a set at most')
    group.add_argument('--seed', type=natural, default=0, help='of this choice; default 0')
    parser.add_argument(
        '--skip-corrupt', action='store_true', help='leave out files that cannot be read'
    )
    parser.add_argument(
        '--processes', type=positive_int, default=os.cpu_count() or 1, help='default: all cores'
    )
    return parser.parse_args(argv)


def _pairs(values: Sequence[str], flag: str) -> list[tuple[str, str]]:
    pairs = []
    for value in values:
        key, equals, rest = value.partition('=')
        if not (key and equals and rest):
            raise ConfigError(f'{flag} {value}: give SET=...')
        pairs.append((key, rest))
    return pairs


def _print_counts(results: Sequence['SetResult']) -> None:
    """Print what each set gave, beside the README of SARATR-X."""
    from mmsar.datasets.pretraining.sets import SETS

    reasons = ('test', 'duplicate', 'near', 'flat', 'unreadable', 'limit')
    header = ('set', 'images', *reasons, 'chips', 'README', 'sizes', 'README')
    found = {result.item.key: result for result in results}
    rows = []
    for item in SETS:
        result = found.get(item.key)
        if result is None:
            rows.append([item.key, 'not there', *[''] * 7, f'{item.published:,}', '', item.sizes])
            continue
        sides = [side for chip in result.chips for side in (chip.height, chip.width)]
        sizes = f'{min(sides)}~{max(sides)}' if sides else ''
        counts = [result.files, *map(result.count, reasons), len(result.chips), item.published]
        rows.append([item.key, *(f'{count:,}' for count in counts), sizes, item.sizes])
    total = [sum(len(result.chips) for result in results), sum(item.published for item in SETS)]
    rows.append(['all', *[''] * 7, *(f'{count:,}' for count in total), '', ''])
    widths = [max(len(row[n]) for row in (header, *rows)) for n in range(len(header))]
    for row in (header, *rows):
        cells = [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        print('  '.join([row[0].ljust(widths[0]), *cells]))


if __name__ == '__main__':
    run_tool(main)
