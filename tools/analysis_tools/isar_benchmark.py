"""Test networks on the benchmark of inverse SAR, keep the figures, and write the page of results.

Each work folder is tested on the simulated spacecraft, on two close points and, where its folder
is given, on the measured aircraft. A record (JSON) of each run is kept; the page is made of all.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.explain import run_tool

DOCS = Path(__file__).parents[2] / 'docs'


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and write the page."""
    from mmengine.config import DictAction

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--config', help='of the runs that follow')
    parser.add_argument('runs', nargs='*', metavar='WORK_DIR', help='none: write the page alone')
    parser.add_argument(
        '--aircraft', type=Path, metavar='DIR', help='folder with Experiment_data_airplane.mat'
    )
    parser.add_argument(
        '--records', type=Path, default=DOCS / 'results' / 'isar', help='folder of the records'
    )
    parser.add_argument('--page', type=Path, default=DOCS / 'isar_results.md', help='to write')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE')
    args = parser.parse_args(argv)

    from mmsar.apis.isar_benchmark import SETS, measure, render
    from mmsar.apis.isar_benchmark.records import read_records, write_record
    from mmsar.errors import ConfigError
    from mmsar.io import replacing

    if args.runs and not args.config:
        raise ConfigError('--config is missing: the config that the runs were trained with')
    sets = {name: dict(source) for name, source in SETS.items()}
    if args.aircraft is None:
        del sets['aircraft']
    else:
        sets['aircraft']['folder'] = str(args.aircraft)
    for run in args.runs:
        print(write_record(measure(args.config, run, sets, args.cfg_options), args.records))
    records = read_records(args.records)
    with replacing(args.page) as temporary:
        temporary.write_text(render(records), encoding='utf-8')
    print(f'wrote {args.page}: {len(records)} records')


if __name__ == '__main__':
    run_tool(main)
