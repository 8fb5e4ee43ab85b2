"""Simulate chips of types of aircraft by two sensors, in folders of classes.

Written to OUT: sar1/CLASS/ (X band, 1 m) and sar2/CLASS/ (C band, 3 m), amplitude as 16-bit PNG, of
other individuals; pairs/sar1/CLASS/ and pairs/sar2/CLASS/ of the same; chips.json, which says what
they are. A run that was interrupted goes on where it was.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import natural, positive, positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError

_SMALLEST = 16


def main(argv: Sequence[str] | None = None) -> None:
    """Simulate."""
    from mmsar.datasets.recognition.aircraft_building import (
        FOLDERS,
        AircraftSet,
        build_aircraft_chips,
        table_1,
    )
    from mmsar.simulation.aircraft import TYPES
    from mmsar.simulation.aircraft.chip import SIZE, SPACING

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder of the data set')
    parser.add_argument(
        '--types',
        choices=list(TYPES),
        default='table1',
        help='the seven of the paper (default), or fourteen others, which need --counts N',
    )
    parser.add_argument('--sensor', choices=['both', *FOLDERS], default='both')
    parser.add_argument(
        '--counts',
        default='table1',
        metavar='table1|N',
        help='chips: as in the paper (983 and 350), or so many of each class and sensor',
    )
    parser.add_argument(
        '--divide', type=positive_int, default=1, metavar='D', help='a D-th of those of the paper'
    )
    parser.add_argument(
        '--pairs', type=natural, default=0, metavar='N', help='pairs of each class; default 0'
    )
    parser.add_argument('--size', type=positive_int, default=SIZE, help='rows and columns')
    parser.add_argument('--spacing', type=positive, default=SPACING, help='of pixels, in metres')
    parser.add_argument('--seed', type=natural, default=0)
    parser.add_argument(
        '--processes', type=positive_int, default=os.cpu_count() or 1, help='default: all cores'
    )
    args = parser.parse_args(argv)
    if args.size < _SMALLEST:
        raise ConfigError(f'--size {args.size}: at least {_SMALLEST} pixels')
    if args.types != 'table1' and (args.counts == 'table1' or args.pairs):
        raise ConfigError(f'--types {args.types}: give --counts N, and no --pairs')
    if args.counts == 'table1':
        counts = table_1(args.divide)
    elif args.divide != 1:
        raise ConfigError('--divide is of the counts of the paper; leave out --counts')
    elif args.counts.isdecimal():
        counts = {sensor: dict.fromkeys(TYPES[args.types], int(args.counts)) for sensor in FOLDERS}
    else:
        raise ConfigError(f'--counts {args.counts}: give table1 or a whole number')
    if args.sensor != 'both':
        counts = {args.sensor: counts[args.sensor]}
    what = AircraftSet(counts, args.pairs, args.size, args.spacing, args.seed)
    number = build_aircraft_chips(args.out, what, args.processes)
    print(f'{number} chips in {args.out}')


if __name__ == '__main__':
    run_tool(main)
