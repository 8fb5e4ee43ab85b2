"""The tables of an experiment as rows of text, for Markdown and CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmsar.apis.cross_sensor.image_sets import ImageSets
from mmsar.apis.cross_sensor.places import TEST
from mmsar.apis.cross_sensor.results import Results
from mmsar.apis.cross_sensor.scores import FIGURES, class_figures
from mmsar.apis.cross_sensor.settings import GENERATED, SAR1, SAR2, Comparison, Experiment
from mmsar.apis.cross_sensor.statistics import Summary, summarise
from mmsar.apis.few_shot.table import markdown

# Of the table of image quality, in this order.
FIDELITY = (
    'KID', 'precision', 'recall', 'ENL_ratio', 'amplitude_KS', 'amplitude_Wasserstein',
    'spectrum_dB', 'high_frequency_ratio', 'GLCM',
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        shown: Header and rows for reading.
        numbers: Header and rows with everything, for other programs.
    """

    shown: Sequence[Sequence[str]]
    numbers: Sequence[Sequence[Any]]

    def markdown(self) -> str:
        """Return it for reading."""
        return markdown(self.shown[0], self.shown[1:])

    def csv(self) -> str:
        """Return the numbers; of undefined ones nothing."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        for row in self.numbers:
            writer.writerow(
                '' if v is None else round(v, 4) if isinstance(v, float) else v for v in row
            )
        return text.getvalue()


def counts_table(experiment: Experiment, images: ImageSets) -> Table:
    """Return the numbers of images, as Table 1 of the paper has them, and those of the split.

    Those of the split are of seed 0; with groups, other seeds may differ.
    """
    old, new = experiment.data.names
    train, test = images.counts(SAR2), images.counts(TEST)
    rows = {
        new: {label: len(names) for label, names in images.sar2.items()},
        f'{new}, training part': train,
        f'{new}, test part': test,
        old: images.counts(SAR1),
    }
    total = {label: rows[new][label] + rows[old][label] for label in images.classes}
    name = f'{new} and {old}'
    if experiment.generated is not None:
        made = images.counts(GENERATED)
        rows['generated'] = made
        total = {label: count + made[label] for label, count in total.items()}
        name = f'{name}, after adding generated images'
    rows[name] = total
    header = ['images', *images.classes, 'all']
    numbers: list[list[Any]] = [
        [key, *(row[label] for label in images.classes), sum(row.values())]
        for key, row in rows.items()
    ]
    return Table([header, *([str(v) for v in row] for row in numbers)], [header, *numbers])


def comparison_table(experiment: Experiment, comparison: Comparison, results: Results) -> Table:
    """Return what classifiers reached with the rows of a comparison."""
    reference = comparison.reference or comparison.rows[0]
    of_reference = results.figures(reference)
    against = row_label(experiment, reference)
    paper = any(experiment.rows[name].paper for name in comparison.rows)
    header = ['training set', 'images', 'seeds', *(f'{name} / %' for name in FIGURES)]
    header += [f'accuracy less that of "{against}"', f'F1 less that of "{against}"']
    header += ['paper: ' + ', '.join(FIGURES)] if paper else []
    wide = ['row', 'label', 'reference', 'images', 'epochs', 'steps', 'seeds']
    wide += [f'{figure} {part}' for figure in FIGURES
             for part in ('mean', 'deviation', 'difference', 'half width 95 %')]  # fmt: skip
    wide += [f'paper {figure}' for figure in FIGURES]
    shown: list[list[str]] = [header]
    numbers: list[list[Any]] = [wide]
    for name in comparison.rows:
        found = results.figures(name)
        records = results.records(name)
        other = None if name == reference else of_reference
        summaries = {
            figure: summarise(
                _column(found, figure), None if other is None else _column(other, figure)
            )
            for figure in FIGURES
        }
        row = experiment.rows[name]
        trained: list[Any] = [_one(record, records) for record in ('images', 'epochs', 'steps')]
        line = [row_label(experiment, name), trained[0], str(len(found))]
        line += [_mean(summaries[figure]) for figure in FIGURES]
        line += [_difference(summaries[figure]) for figure in ('accuracy', 'F1')]
        line += [', '.join(f'{v:.2f}' for v in row.paper or ())] if paper else []
        shown.append(line)
        plain: list[Any] = [
            name,
            row_label(experiment, name),
            other and reference,
            *trained,
            len(found),
        ]
        for summary in summaries.values():
            plain += _parts(summary)
        numbers.append([*plain, *(row.paper or [None] * len(FIGURES))])
    return Table(shown, numbers)


def fidelity_table(experiment: Experiment, names: Sequence[str], results: Results) -> Table | None:
    """Return how sets of images compare with test images of the new sensor."""
    found = {experiment.label(name): results.fidelity(name) for name in names}
    found = {name: values for name, values in found.items() if values}
    if not found:
        return None
    floor = results.floor(next(name for name in names if results.fidelity(name)))
    found = {'halves of the real images': floor, **found}
    keys = [k for k in FIDELITY if any(k in v for part in found.values() for v in part.values())]
    header = ['images', 'seeds', *keys]
    wide = ['images', 'seeds', *(f'{key} {part}' for key in keys for part in ('mean', 'deviation'))]
    shown: list[list[str]] = [header]
    numbers: list[list[Any]] = [wide]
    for name, values in found.items():
        summaries = [summarise(_column(values, key)) for key in keys]
        shown.append([name, str(len(values)), *(_mean(one, 3) for one in summaries)])
        plain = [v for one in summaries for v in _parts(one)[:2]]
        numbers.append([name, len(values), *plain])
    return Table(shown, numbers)


def seeds_table(experiment: Experiment, results: Results) -> Table:
    """Return the figures of each row and seed."""
    header = ['row', 'seed', *FIGURES]
    rows: list[list[Any]] = [
        [name, seed, *(values[figure] for figure in FIGURES)]
        for name in experiment.rows
        for seed, values in results.figures(name).items()
    ]
    return _plain(header, rows)


def classes_table(experiment: Experiment, classes: Sequence[str], results: Results) -> Table:
    """Return the figures of each row and class, of all seeds together."""
    rows: list[list[Any]] = []
    for name in experiment.rows:
        confusion = results.confusion(name)
        if confusion is not None:
            found = class_figures(confusion)
            for number, label in enumerate(classes):
                rows.append([name, label, *(float(values[number]) for values in found.values())])
    return _plain(['row', 'class', 'precision', 'recall', 'F1'], rows)


def confusion_table(classes: Sequence[str], names: Sequence[str], results: Results) -> Table:
    """Return the confusion matrices of rows, summed over the seeds."""
    rows: list[list[Any]] = []
    for name in names:
        confusion = results.confusion(name)
        if confusion is not None:
            rows += [
                [name, label, *line]
                for label, line in zip(classes, confusion.tolist(), strict=True)
            ]
    return _plain(['row', 'class', *(f'taken for {label}' for label in classes)], rows)


def curves_table(names: Sequence[str], results: Results) -> Table:
    """Return loss and training accuracy of each row, seed and epoch."""
    rows: list[list[Any]] = []
    for name in names:
        for seed, record in results.records(name).items():
            course = record['training']
            accuracy = course['accuracy'] or [None] * len(course['epoch'])
            for epoch, loss, right in zip(course['epoch'], course['loss'], accuracy, strict=True):
                step = epoch * record['steps'] / record['epochs']
                rows.append([name, seed, int(epoch), round(step), loss, right])
    return _plain(['row', 'seed', 'epoch', 'step', 'loss', 'training accuracy'], rows)


def _plain(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    shown = [[f'{v:.2f}' if isinstance(v, float) else str(v) for v in row] for row in rows]
    return Table([header, *shown], [header, *rows])


def row_label(experiment: Experiment, row: str) -> str:
    """Return what to call a row: its label, or its sets."""
    found = experiment.rows[row]
    return found.label or ' + '.join(experiment.label(name) for name in found.train)


def _column(values: Mapping[int, Mapping[str, float]], name: str) -> dict[int, float]:
    return {seed: found[name] for seed, found in values.items() if name in found}


def _one(name: str, records: Mapping[int, Mapping[str, Any]]) -> str:
    """Return a number that all seeds share, or its range."""
    found = []
    for record in records.values():
        value = record[name]
        if isinstance(value, Mapping):
            value = sum(sum(part.values()) for part in value.values())
        found.append(int(value))
    if not found:
        return '-'
    low, high = min(found), max(found)
    return str(low) if low == high else f'{low} to {high}'


def _mean(summary: Summary | None, digits: int = 2) -> str:
    if summary is None:
        return '-'
    spread = '' if summary.deviation is None else f' ± {summary.deviation:.{digits}f}'
    return f'{summary.mean:.{digits}f}{spread}'


def _difference(summary: Summary | None) -> str:
    if summary is None or summary.difference is None:
        return ''
    if summary.half_width is None:
        return f'{summary.difference:+.2f}'
    mark = '**' if summary.differs else ''
    return f'{mark}{summary.difference:+.2f} ± {summary.half_width:.2f}{mark}'


def _parts(summary: Summary | None) -> list[Any]:
    if summary is None:
        return [None] * 4
    return [summary.mean, summary.deviation, summary.difference, summary.half_width]
