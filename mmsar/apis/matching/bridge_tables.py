"""Tables 1 and 2 of the bridge network paper: matching by backbone, and by size of training set."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from mmsar.apis.matching.bridge_runs import BridgeRun
from mmsar.apis.results.page import seeds
from mmsar.errors import DataError

COLUMNS = {
    'accuracy': 'accuracy',
    'precision': 'precision',
    'recall': 'recall',
    'AUC': 'AUC (95 % interval)',
    'EER': 'EER',
    'threshold': 'threshold',
}
_KEPT = (*COLUMNS, 'AUC_low', 'AUC_high', 'best_threshold')
_PUBLISHED_ON = 'QXS-SAROPT'
NOTES = """- Several seeds: mean ± standard deviation of the sample; ends of an interval: means.
- `-`: not defined, or not reported. All are fractions; docs/matching.md defines them.
- *As published*: {source}. One run each; the threshold is not reported."""


def make_tables(runs: Sequence[BridgeRun], known: dict[str, Any]) -> dict[str, Any]:
    """Group runs into rows.

    Runs of one config, backbone and training set are seeds of one row. The first table has the
    runs on whole training sets. The second has those of each data set and backbone that were
    trained on several sizes, and ResNet-50 on QXS-SAROPT, as the paper.

    Args:
        runs: At least one.
        known: ``matching`` of docs/results/published.yml.

    Returns:
        ``backbones`` and ``sizes``, lists of rows, and ``source`` of the published figures.

    Raises:
        DataError: Two runs of a row have the same seed, or another recipe.
    """
    groups: dict[tuple[Any, ...], list[BridgeRun]] = {}
    for run in runs:
        key = (run.data_set, run.backbone, run.pairs, run.whole, run.record.stem)
        groups.setdefault(key, []).append(run)
    rows = [_row(group) for group in groups.values()]
    trained = {(row['data_set'], row['backbone'], row['pairs']) for row in rows}
    sizes = [_PUBLISHED_ON, known['size_backbone']]
    several = [
        row for row in rows
        if [row['data_set'], row['backbone']] == sizes
        or sum(other[:2] == (row['data_set'], row['backbone']) for other in trained) > 1
    ]  # fmt: skip
    tables = {'backbones': [row for row in rows if row['whole']], 'sizes': several}
    for figures in known['backbones']:
        tables['backbones'].append(_published(figures))
    for figures in known['sizes']:
        tables['sizes'].append(_published({'backbone': known['size_backbone'], **figures}))
    return {name: sorted(found, key=_order) for name, found in tables.items()} | {
        'source': known['source']
    }


def render(tables: dict[str, Any]) -> str:
    """Return both tables as markdown."""
    titles = {
        'backbones': 'Table 1: matching by backbone',
        'sizes': 'Table 2: matching by size of the training set',
    }
    parts = ['# Optical-SAR matching with bridge networks']
    for name, title in titles.items():
        parts += [f'## {title}', _table(tables[name])]
    notes = NOTES.format(source=tables['source'])
    rows = [*tables['backbones'], *tables['sizes']]
    if any(row.get('hindsight') for row in rows):
        notes += (
            '\n- †: the threshold is the best one on the very pairs of the test, which flatters '
            'accuracy, precision and recall.'
        )
    if any(row['pairs'] is None for row in rows):
        notes += '\n- `?`: the training data are not there to count the pairs.'
    return '\n\n'.join([*parts, notes]) + '\n'


def _row(runs: list[BridgeRun]) -> dict[str, Any]:
    """Return the figures of one row, one entry a seed."""
    first = runs[0]
    by_seed: dict[Any, BridgeRun] = {}
    for run in runs:
        other = by_seed.setdefault(run.record.seed, run)
        if other is not run:
            raise DataError(
                f'{other.record.path} and {run.record.path} are of the same config and seed '
                f'({run.record.seed}); leave one out'
            )
        changed = [key for key, value in run.recipe.items() if value != first.recipe[key]]
        if changed:
            raise DataError(
                f'{first.record.path} and {run.record.path} are of one config, but were trained '
                f'with another {changed[0]}: they are no seeds of one run. Leave one out, or give '
                'the changed config its own file'
            )
    runs.sort(key=lambda run: (run.record.seed is None, run.record.seed))
    values = {
        name: [_defined(run.record.content['metrics'].get(f'matching/{name}')) for run in runs]
        for name in _KEPT
    }
    chosen = zip(values['threshold'], values['best_threshold'], strict=True)
    return {
        'data_set': first.data_set,
        'backbone': first.backbone,
        'pairs': first.pairs,
        'whole': first.whole,
        'config': first.record.stem,
        'seeds': [run.record.seed for run in runs],
        'seeds_text': seeds(run.record for run in runs),
        'hindsight': any(used is not None and used == best for used, best in chosen),
        'metrics': {name: _summary(found) for name, found in values.items()},
    }


def _published(figures: dict[str, Any]) -> dict[str, Any]:
    return {'data_set': _PUBLISHED_ON, **figures, 'published': True}


def _table(rows: Iterable[dict[str, Any]]) -> str:
    lines = [['data set', 'backbone', 'training pairs', 'config', 'seeds', *COLUMNS.values()]]
    lines.append(['---'] * len(lines[0]))
    for row in rows:
        pairs = '?' if row['pairs'] is None else f'{row["pairs"]:,}'
        line = [row['data_set'], row['backbone'], pairs]
        if row.get('published'):
            line += ['*as published*', '']
            line += [f'{row[name]:.3f}' if name in row else '-' for name in COLUMNS]
        else:
            line += [f'`{row["config"]}.py`', row['seeds_text']]
            line += [_cell(row, name) for name in COLUMNS]
        lines.append(line)
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _cell(row: dict[str, Any], name: str) -> str:
    metrics = row['metrics']
    found = metrics[name]
    if found['mean'] is None:
        return '-'
    # A threshold just below a distance of 0: nothing is said to match.
    text = f'{found["mean"]:.3f}' if found['mean'] >= 0 else '< 0'
    if found['std'] is not None:
        text += f' ± {found["std"]:.3f}'
    if name == 'AUC' and metrics['AUC_low']['mean'] is not None:
        text += f' ({metrics["AUC_low"]["mean"]:.3f} to {metrics["AUC_high"]["mean"]:.3f})'
    missing = found['values'].count(None)
    if missing:
        text += f' (not defined for {missing} of {len(found["values"])})'
    return f'{text} †' if name == 'threshold' and row['hindsight'] else text


def _defined(value: float | None) -> float | None:
    """Return None for what is not defined: -1 from the metric, null in the file."""
    return None if value == -1 else value


def _summary(values: list[float | None]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    return {
        'mean': statistics.mean(known) if known else None,
        'std': statistics.stdev(known) if len(known) > 1 else None,
        'values': values,
    }


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """Put the data set of the paper first, and published figures behind ours."""
    first = row['data_set'] != _PUBLISHED_ON
    kind = (row['data_set'], row['backbone'], row['pairs'] or 0)
    return first, *kind, 'published' in row, row.get('config', '')
