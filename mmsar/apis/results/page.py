"""The page that lists the results of tests."""

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.results.few_shot import FewShotTable, render_tables
from mmsar.apis.results.records import Record
from mmsar.errors import DataError

# Columns by the names of the metrics; those in the second group only where a record has them.
MAIN = {'coco/bbox_mAP': 'AP', 'coco/bbox_mAP_50': 'AP50'}
EXTRA = {
    'scene/bbox_mAP_50': 'AP50 of whole scenes',
    'Pd': 'Pd',
    'false_alarms_per_image': 'false alarms per image',
    'false_alarms_per_km2': 'false alarms per km2',
}
MATCHING = {
    'matching/accuracy': 'accuracy',
    'matching/precision': 'precision',
    'matching/recall': 'recall',
    'matching/threshold': 'threshold',
    'matching/AUC': 'AUC',
    'matching/EER': 'EER',
}
CLASSIFICATION = {'accuracy/top1': 'accuracy in %'}
HEAD = """# Results

<!-- Written by tools/analysis_tools/collect_results.py from docs/results/. Do not edit. -->

What was measured with mmsar, beside what was published.
How to add a run: [collect results](tools.md#collect-results).

- AP is COCO's (IoU 0.50 to 0.95), AP50 that at IoU 0.50.
- Matching: accuracy, precision and recall at the threshold, AUC and equal error rate
  ([metric](matching.md#the-metric)).
- Few shots: accuracy in % by the number of chips a class, mean over the draws and half the width
  of its 95 % interval ([recognition](recognition.md)).
- Several seeds: mean ± standard deviation of the sample. A difference below it means nothing.
- Training: time from the start to the checkpoint, validations included; mean over the seeds.
- *As published*: {source}.
  One run each. It does not say how AP was interpolated, nor how AIR-SARShip was split.
"""


def render(
    records: Sequence[Record], known: dict[str, Any], few_shot: Sequence[FewShotTable] = ()
) -> str:
    """Return the page.

    Args:
        records: Of tests.
        known: Content of published.yml.
        few_shot: Tables of few-shot classification.

    Raises:
        DataError: Two records are of the same config and seed.
    """
    names: dict[str, Record] = {}
    for record in records:
        other = names.setdefault(record.name, record)
        if other is not record:
            raise DataError(
                f'{other.path} and {record.path} are of the same config and seed; delete one'
            )
    theirs = {Path(path).stem: figures for path, figures in known['configs'].items()}
    data_sets = {stem: stem.rsplit('_', 1)[-1] for stem in theirs}
    data_sets |= {record.stem: record.data_set for record in records}
    tabled = {table.data_set for table in few_shot}
    titles: dict[str, str] = known['data_sets']
    others = sorted((set(data_sets.values()) | tabled) - titles.keys())
    parts = [HEAD.format(source=known['source'])]
    for data_set in [*titles, *others]:
        stems = sorted(stem for stem in data_sets if data_sets[stem] == data_set)
        chosen = {stem: [record for record in records if record.stem == stem] for stem in stems}
        if chosen or data_set in tabled:
            parts.append(f'## {titles.get(data_set, data_set)}')
        matching = {stem: some for stem, some in chosen.items() if _has(some, 'matching/AUC')}
        classes = {stem: some for stem, some in chosen.items() if _has(some, 'accuracy/top1')}
        detection = {s: some for s, some in chosen.items() if s not in {*matching, *classes}}
        if detection:
            parts.append(table(detection, theirs, known))
        if matching:
            parts.append(table(matching, {}, known, MATCHING, 'network'))
        if classes:
            parts.append(table(classes, {}, known, CLASSIFICATION, 'network'))
        if data_set in tabled:
            parts.append(render_tables([t for t in few_shot if t.data_set == data_set]))
    return '\n\n'.join(part.strip() for part in parts) + '\n'


def table(
    chosen: dict[str, list[Record]],
    theirs: dict[str, dict[str, float]],
    known: dict[str, Any],
    main: dict[str, str] = MAIN,
    title: str = 'detector',
) -> str:
    """Return the table of one data set.

    Args:
        chosen: Names of configs, and their records.
        theirs: Names of configs, and the AP50 that was published, by pre-training.
        known: Content of published.yml.
        main: Columns by the names of the metrics.
        title: Of the first column.
    """
    metrics = {name for some in chosen.values() for r in some for name in r.content['metrics']}
    columns = main | {key: title for key, title in EXTRA.items() if key in metrics}
    rows = [[title, 'config', 'seeds', *columns.values(), 'hardware', 'training']]
    rows.append(['---'] * len(rows[0]))
    for stem, of_stem in chosen.items():
        if of_stem and 'config' not in of_stem[0].content:
            continue
        key = stem.split('_', 1)[0]
        row = [known['detectors'].get(key, key), f'`{stem}.py`']
        if of_stem:
            row += [seeds(of_stem), *figures(of_stem, columns), *spent(of_stem)]
        else:
            row += ['not run']
        rows.append(row)
        for weights, ap50 in theirs.get(stem, {}).items():
            rows.append(['', f'*as published*, pre-trained: {weights}', '', '', f'{ap50:.4f}'])
    for record in (record for of_stem in chosen.values() for record in of_stem):
        if 'config' not in record.content:
            note = record.content.get('note', '')
            rows.append([record.detector, note, '', *figures([record], columns)])
    width = len(rows[0])
    return '\n'.join(f'| {" | ".join([*row, *[""] * (width - len(row))])} |' for row in rows)


def _has(records: Sequence[Record], metric: str) -> bool:
    return any(metric in record.content['metrics'] for record in records)


def seeds(records: Iterable[Record]) -> str:
    """Return number and list of the seeds: '3 (0, 1, 2)'."""
    numbers = sorted(record.seed for record in records if record.seed is not None)
    unknown = sum(record.seed is None for record in records)
    return f'{len(numbers) + unknown} ({", ".join([*map(str, numbers), *["none"] * unknown])})'


def figures(records: Sequence[Record], columns: Iterable[str]) -> list[str]:
    """Return each metric as 'mean ± standard deviation'; as it is for one record."""
    cells = []
    for name in columns:
        found = [record.content['metrics'].get(name) for record in records]
        values = [v for v in found if v is not None and v >= 0]  # COCO: -1 where there is nothing
        cell = f'{statistics.mean(values):.3f}' if values else ''
        cells.append(cell + (f' ± {statistics.stdev(values):.3f}' if len(values) > 1 else ''))
    return cells


def spent(records: Sequence[Record]) -> list[str]:
    """Return hardware and training time."""
    known = [record.seconds for record in records if record.seconds is not None]
    time = duration(statistics.mean(known)) if known else ''
    return ['; '.join(sorted({record.hardware for record in records})), time]


def duration(seconds: float) -> str:
    """Return '1 h 05 min', '4 min 08 s' or '12 s'."""
    whole = round(seconds)
    if whole >= 3600:
        minutes = round(seconds / 60)
        return f'{minutes // 60} h {minutes % 60:02d} min'
    return f'{whole // 60} min {whole % 60:02d} s' if whole >= 60 else f'{whole} s'
