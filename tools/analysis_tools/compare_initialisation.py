r"""Train one detector from several starts, with few and many labelled images, and compare them.

    compare_initialisation.py CONFIG --start scratch --start bridge=bridge_sar.pth \
        --scenes 16 64 --seeds 0 1 2 --out comparison

A checkpoint holds a bare backbone, such as tools/model_converters/publish_backbone.py writes. Each
run leaves a record in OUT; a second call does what is missing, and goes on where a run was stopped.
Written to OUT: a record for each run, table.md, curves.png.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmsar.apis.cli import config_parser, natural, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.initialisation.picture import draw_curves
from mmsar.apis.initialisation.runs import (
    Run,
    fingerprint,
    read_curve,
    require_starts,
    require_weights,
    run_config,
)
from mmsar.apis.initialisation.table import render
from mmsar.apis.provenance import hardware, now, relative_to_repository, versions, write_json
from mmsar.errors import ConfigError, DataError, MMSARError
from mmsar.io import replacing

TRAIN = Path(__file__).parents[1] / 'train.py'


def main(argv: Sequence[str] | None = None) -> None:
    """Compare."""
    parser = config_parser(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        '--start', action='append', required=True, metavar='NAME=CHECKPOINT', dest='starts',
        help='what the backbone starts from; "scratch": random weights. Once for each start',
    )  # fmt: skip
    parser.add_argument(
        '--scenes', type=positive_int, nargs='+', required=True, metavar='N',
        help='numbers of training images; which ones follows the seed',
    )  # fmt: skip
    parser.add_argument('--seeds', type=natural, nargs='+', default=[0, 1, 2])
    parser.add_argument(
        '--iterations', type=positive_int, default=500, help='steps of each run; default 500'
    )
    parser.add_argument(
        '--checks', type=positive_int, default=4, help='validations of each run; default 4'
    )
    parser.add_argument('--metric', default='coco/bbox_mAP_50', help='default: coco/bbox_mAP_50')
    parser.add_argument(
        '--reference', help='start that the others are compared with; default: the first'
    )
    parser.add_argument('--out', type=Path, required=True, help='folder of records and results')
    parser.add_argument(
        '--work-dir', type=Path, help='folder of the runs; default: OUT/runs; may be deleted'
    )
    args = parser.parse_args(argv)
    starts = require_starts(args.starts)
    reference = args.reference or next(iter(starts))
    if reference not in starts:
        raise ConfigError(f'--reference {reference}: the starts are {", ".join(starts)}')
    config = load_config(args.config, args.cfg_options)
    total = count_images(config)
    require_weights(config, starts)
    runs = [
        Run(name, starts[name], scenes, seed)
        for scenes, seed, name in product(args.scenes, args.seeds, starts)
    ]
    configs = [run_config(config, run, total, args.iterations, args.checks) for run in runs]
    # All records are checked before the first run.
    todo = [
        (run, settings)
        for run, settings in zip(runs, configs, strict=True)
        if not is_done(args.out / f'{run.name}.json', settings)
    ]
    print(f'{len(runs)} runs, {len(runs) - len(todo)} of them done')
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task('training', total=len(todo))
        for run, settings in todo:
            progress.update(task, description=run.name)
            train(run, settings, args)
            progress.advance(task)
            report(args.out, runs, reference, args.metric)
    print(report(args.out, runs, reference, args.metric))


def count_images(config: Any) -> int:
    """Return the number of training images of a config."""
    from mmengine.registry import DATASETS, init_default_scope

    init_default_scope(config.get('default_scope', 'mmdet'))
    return len(DATASETS.build(config.train_dataloader.dataset))


def is_done(path: Path, config: Any) -> bool:
    """Say whether a run has left its record.

    Raises:
        DataError: The record is of other settings.
    """
    if not path.is_file():
        return False
    if read_record(path)['settings'] != fingerprint(config):
        raise DataError(
            f'{path} is the record of a run with other settings (config, checkpoint, --iterations '
            'or --checks); choose another --out, or delete it'
        )
    return True


def read_record(path: Path) -> dict[str, Any]:
    """Read a record.

    Raises:
        DataError: It is none.
    """
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
        if record.keys() >= {'start', 'scenes', 'seed', 'curve', 'settings'}:
            return record
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f'{path} is no record of a run ({error}); delete it') from error
    raise DataError(f'{path} is no record of a run; delete it')


def train(run: Run, config: Any, args: argparse.Namespace) -> None:
    """Train in a process of its own, and write the record.

    Raises:
        MMSARError: The training failed.
    """
    folder = (args.work_dir or args.out / 'runs') / run.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'run.py'
    marker = folder / 'settings.txt'
    settings = fingerprint(config)
    if marker.is_file() and marker.read_text() != settings:
        raise DataError(f'{folder} holds a run with other settings; delete it')
    with replacing(marker) as temporary:
        temporary.write_text(settings)
    config.dump(path)
    log = folder / 'output.log'
    command = [sys.executable, str(TRAIN), str(path), '--work-dir', str(folder), '--resume']
    start = time.monotonic()
    with log.open('a') as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT).returncode
    if code:
        last = log.read_text(errors='replace').strip().splitlines()[-1:]
        raise MMSARError(f'run {run.name} failed: {" ".join(last)} (see {log})')
    write_json(
        args.out / f'{run.name}.json',
        {
            'start': run.start,
            'scenes': run.scenes,
            'seed': run.seed,
            'metric': args.metric,
            'curve': read_curve(folder, args.metric),
            # A run that was stopped: those of its last part.
            'seconds': round(time.monotonic() - start, 1),
            'config': relative_to_repository(args.config),
            'settings': settings,
            'hardware': hardware(),
            'versions': versions(config.get('default_scope')),
            'date': now(),
        },
    )


def report(out: Path, runs: Sequence[Run], reference: str, metric: str) -> str:
    """Write table and curves of the runs that are done; return the table."""
    paths = [out / f'{run.name}.json' for run in runs]
    records = [read_record(path) for path in paths if path.is_file()]
    other = sorted({record['metric'] for record in records} - {metric})
    if other:
        raise ConfigError(f'--metric {metric}: the records in {out} hold {", ".join(other)}')
    text = render(records, reference, metric)
    with replacing(out / 'table.md') as temporary:
        temporary.write_text(text, encoding='utf-8')
    draw_curves(out / 'curves.png', records, metric)
    return text


if __name__ == '__main__':
    run_tool(main)
