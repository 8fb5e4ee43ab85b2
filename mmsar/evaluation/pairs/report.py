"""Figures of matching as a table for the log, and the ROC curve for the JSON file."""

from collections.abc import Mapping

import numpy as np
from rich import box
from rich.table import Table

from mmsar.evaluation import report
from mmsar.evaluation.pairs.scores import Curve

_SHARES = np.linspace(0, 1, 101)


def format_table(
    metrics: Mapping[str, float], counts: Mapping[str, int], source: str, unit: str
) -> str:
    """Return the figures as a table, one a line, with what they stand on."""
    table = Table('', 'value', 'of', box=box.ASCII)
    at = f'threshold {_threshold(metrics["threshold"])}, {source}'
    notes = {
        'accuracy': at,
        'precision': at,
        'recall': at,
        'AUC': f'95 % interval {metrics["AUC_low"]:.4f} to {metrics["AUC_high"]:.4f}, drawn from '
        f'{counts[unit.replace(" ", "_")]} {unit}',
        'best_accuracy': f'threshold {_threshold(metrics["best_threshold"])}, the best on these '
        'pairs',
    }
    for name, value in metrics.items():
        if name.endswith(('threshold', '_low', '_high')):
            continue
        note = notes.get(name, '')
        for view, other in (('sar', 'optical'), ('optical', 'sar')):
            if name.startswith(f'{view}_to'):
                note = f'partner among {counts[f"{other}_images"]} images'
        table.add_row(name, '-' if np.isnan(value) else f'{value:.4f}', note)
    text = f'{counts["match"]} pairs that match, {counts["no_match"]} that do not\n'
    text += report.as_text(table)
    if not (counts['match'] and counts['no_match']):
        text += '\nOnly one kind of pairs: AUC and EER are not defined'
    return text


def _threshold(value: float) -> str:
    return '< 0 (nothing matches)' if -5e-5 < value < 0 else f'{value:.4f}'


def roc(curve: Curve) -> dict[str, list[float]]:
    """Return recall at 101 shares of the non-matching pairs that pass."""
    if not (curve.matches and curve.others):
        return {}
    recall = np.interp(_SHARES, curve.false / curve.others, curve.true / curve.matches)
    return {'false_positive_rate': _SHARES.tolist(), 'recall': recall.tolist()}
