"""The course of a training, from the numbers that mmengine logs."""

import json
from collections import defaultdict
from pathlib import Path
from statistics import mean
from typing import Any
from warnings import warn

from mmsar.errors import DataError
from mmsar.visualization.curves import VALIDATED, Course

_SCALARS = 'vis_data/scalars.json'


def read_course(work_dir: Path) -> Course:
    """Read the training of a bridge network, resumed or not.

    A run that is resumed logs into a folder of its own, named after the time of its start. They
    are joined in this order; from where one begins, it replaces what earlier ones logged.

    Args:
        work_dir: Work folder; in it, ``TIME/vis_data/scalars.json`` of each start.

    Raises:
        DataError: There is no such file, a line of it is malformed, or it is not of a bridge
            network that is trained by epochs.
    """
    paths = sorted(work_dir.glob(f'*/{_SCALARS}'))
    if not paths:
        raise DataError(
            f'{work_dir} has no */{_SCALARS}, which mmengine writes in training; give the work '
            'folder of a training'
        )
    losses: dict[int, dict[int, float]] = defaultdict(dict)  # by epoch, then by iteration
    validated: dict[int, dict[str, float]] = {}
    warnings: list[str] = []
    for path in paths:
        lines = read_scalars(path, warnings)
        trained = [line for line in lines if 'loss' in line]
        if any('epoch' not in line for line in trained):
            raise DataError(f'{path} counts iterations, not epochs (log_processor.by_epoch=True)')
        if trained:
            epoch, step = trained[0]['epoch'], trained[0]['step']
            validated = {key: value for key, value in validated.items() if key < epoch}
            for steps in losses.values():
                for late in [key for key in steps if key >= step]:
                    del steps[late]
        for line in lines:
            if 'loss' in line:
                losses[line['epoch']][line['step']] = line['loss']
            elif 'matching/accuracy' in line:
                validated[line['step']] = {
                    name: _defined(line[f'matching/{name}']) for name in VALIDATED
                }
            elif any('/' in key for key in line):
                name = next(key for key in line if '/' in key)
                raise DataError(
                    f'{path} is not of a bridge network: it has {name} and no matching/accuracy '
                    '(mmsar.MatchingMetric)'
                )
    loss = {epoch: mean(steps.values()) for epoch, steps in sorted(losses.items()) if steps}
    if not loss:
        raise DataError(f'{work_dir} has no loss in {len(paths)} {_SCALARS}: nothing was trained')
    return Course(
        work_dir.resolve().name,
        loss,
        {
            name: {epoch: validated[epoch][name] for epoch in sorted(validated)}
            for name in VALIDATED
        },
        tuple(warnings),
    )


def read_scalars(path: Path, notes: list[str] | None = None) -> list[dict[str, Any]]:
    """Return the records that mmengine logged; a kill may have left half a line at the end.

    Args:
        path: ``scalars.json``, one record a line.
        notes: Is told of a last line that is incomplete and was left out; default: a warning.

    Returns:
        Each has ``step`` and the numbers that were logged at it. With validation, the step is the
        epoch if the training counts epochs.

    Raises:
        DataError: Another line is malformed.
    """
    records = []
    lines = path.read_text(encoding='utf-8').splitlines()
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            if not isinstance(record, dict) or 'step' not in record:
                raise ValueError('no record of a step')
        except ValueError as error:
            if number == len(lines):
                note = f'{path}: its last line is incomplete and left out'
                if notes is None:
                    warn(note, stacklevel=2)
                else:
                    notes.append(note)
                break
            raise DataError(f'{path}, line {number} is malformed ({error}); delete it') from error
        records.append(record)
    return records


def _defined(value: float) -> float:
    return value if value >= 0 else float('nan')  # the metric gives -1 where it has no value
