"""What few-shot classifiers reached: means, spread, intervals and paired differences."""

import csv
import io
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmsar.apis.initialisation.table import LEVEL, paired_difference

# Of a record: what a row of the table is of.
ROW = ('start', 'pool', 'head')


def row_name(record: Mapping[str, Any]) -> str:
    """Return the name of the row that a record is in."""
    return ' '.join(dict.fromkeys(record[key] for key in ROW))


def accuracies(record: Mapping[str, Any]) -> dict[int, float]:
    """Return the accuracy by seed, in percent."""
    return {int(seed): run['accuracy'] for seed, run in record['runs'].items()}


def interval(values: Sequence[float]) -> float:
    """Return half the width of Student's 95 % interval of the mean; infinite of one value."""
    from scipy.stats import t

    if len(values) < 2:
        return math.inf
    spread = statistics.stdev(values) / math.sqrt(len(values))
    return float(t.ppf((1 + LEVEL) / 2, len(values) - 1)) * spread


def summarise(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry a row and number of shots; accuracies in percent, rounded to 4 places."""
    found = []
    for record in records:
        values = list(accuracies(record).values())
        balanced = [run['mean_class_accuracy'] for run in record['runs'].values()]
        wide = interval(values)
        found.append(
            {
                **{key: record[key] for key in ROW},
                'shots': record['shots'],
                'seeds': len(values),
                'mean': round(statistics.mean(values), 4),
                'std': round(statistics.stdev(values), 4) if len(values) > 1 else None,
                'half_width_95': round(wide, 4) if math.isfinite(wide) else None,
                'mean_class_accuracy': round(statistics.mean(balanced), 4),
            }
        )
    return found


def to_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the summary as csv."""
    rows = summarise(records)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator='\n')
    writer.writeheader()
    writer.writerows(
        {key: '' if value is None else value for key, value in r.items()} for r in rows
    )
    return text.getvalue()


def render(records: Sequence[Mapping[str, Any]], references: Sequence[str], title: str) -> str:
    """Return the tables as markdown.

    Args:
        records: Of one data set.
        references: Starts that the others are compared with: by the row of the same pool and head,
            or else by their only one.
        title: What the accuracies are of.
    """
    sizes = list(dict.fromkeys(record['shots'] for record in records))
    cells = {(row_name(record), record['shots']): record for record in records}
    rows = list(dict.fromkeys(row for row, _ in cells))
    header = ['', *(f'{size} shots' if size != 'all' else 'all chips' for size in sizes)]
    values = [[row, *(_value(cells.get((row, size))) for size in sizes)] for row in rows]
    parts = [
        f'{title}: accuracy in % over the seeds, mean ± standard deviation [half width of the '
        '95 % interval of the mean]',
        markdown(header, values),
    ]
    for reference in references:
        differences = []
        for row in rows:
            first = next(record for record in records if row_name(record) == row)
            other = _counterpart(first, reference, records)
            if other is None:
                continue
            cell = [_difference(cells.get((row, n)), cells.get((other, n))) for n in sizes]
            differences.append([row, other, *cell])
        if differences:
            parts += [
                f'Difference to {reference}, seed by seed: mean ± half width of the 95 % interval; '
                'bold where it leaves out 0',
                markdown(['', 'less', *header[1:]], differences),
            ]
    return '\n\n'.join(parts) + '\n'


def _counterpart(
    record: Mapping[str, Any], reference: str, records: Sequence[Mapping[str, Any]]
) -> str | None:
    if record['start'] == reference:
        return None
    of_it = [other for other in records if other['start'] == reference]
    same = [o for o in of_it if (o['pool'], o['head']) == (record['pool'], record['head'])]
    names = list(dict.fromkeys(row_name(other) for other in same or of_it))
    return names[0] if len(names) == 1 else None


def _value(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return ''
    values = list(accuracies(record).values())
    if len(values) < 2:
        return f'{values[0]:.1f}'
    return (
        f'{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f} [{interval(values):.1f}]'
    )


def _difference(record: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> str:
    if record is None or other is None:
        return ''
    difference = paired_difference(accuracies(record), accuracies(other))
    if math.isnan(difference.mean):
        return ''
    width = f'{difference.half_width:.1f}' if math.isfinite(difference.half_width) else '?'
    mark = '**' if difference.sign else ''
    return f'{mark}{difference.mean:+.1f} ± {width}{mark}'


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in markdown."""
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
