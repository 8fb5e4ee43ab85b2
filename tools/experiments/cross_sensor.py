r"""Compare ways to make training images of a new sensor from those of an old one.

    cross_sensor.py CONFIG --seeds 3 --processes 2 --work-dir work_dirs/experiment

Splits the new sensor's images, trains networks, migrates and generates images, trains a classifier
with each set of them, and writes the tables and figures of arXiv 2606.28922 for these data to
WORK/report. Start it again after an interruption, or with more seeds or rows: what is done stays.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import config_parser, positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError

TOOLS = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the experiment."""
    parser = config_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        '--seeds', type=positive_int, metavar='N', help="seeds 0 to N - 1; default: config's"
    )
    parser.add_argument(
        '--processes', type=positive_int, default=1, metavar='P',
        help='steps at a time, over the GPUs in turn; default 1',
    )  # fmt: skip
    parser.add_argument('--work-dir', type=Path, metavar='DIR', help='default: work_dirs/CONFIG')
    parser.add_argument(
        '--in-process', action='store_true',
        help='all steps in this process, one by one: for short ones, whose imports take longer',
    )  # fmt: skip
    parser.add_argument('--list', action='store_true', help='name the steps and end')
    args = parser.parse_args(argv)
    if args.in_process and args.processes > 1:
        raise ConfigError('--in-process is for one step at a time; leave out --processes')

    from mmsar.apis.cross_sensor.reading import read_experiment
    from mmsar.apis.cross_sensor.running import Run

    experiment = read_experiment(args.config, args.cfg_options)
    work = args.work_dir or Path('work_dirs') / Path(args.config).stem
    run = Run(experiment, work, args.seeds)
    done = run.done()
    if args.list:
        for step in run.steps:
            print(f'{"done" if step.name in done else "    "} {step.name}')
    print(f'{len(run.steps)} steps of {run.seeds} seeds, {len(done)} of them done')
    if not args.list:
        page = run.run(TOOLS, args.processes, args.in_process)
        print(page.read_text(encoding='utf-8'))


if __name__ == '__main__':
    run_tool(main)
