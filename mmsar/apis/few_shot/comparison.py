"""What few-shot classifiers reached, in records that a second run builds on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray
from rich.progress import Progress

from mmsar.apis.few_shot.draws import Draws, Shots
from mmsar.apis.few_shot.feature_cache import digest
from mmsar.apis.few_shot.heads import LOGISTIC_C, normalised, predict, predict_pixels
from mmsar.apis.few_shot.pictures import draw_confusion, draw_curves, draw_embedding, embed
from mmsar.apis.few_shot.starts import PIXELS, StartEncoder
from mmsar.apis.few_shot.table import render, row_name, summarise, to_csv
from mmsar.apis.provenance import hardware, now, relative_to_repository, versions, write_json
from mmsar.apis.recognition.sets import ChipSet
from mmsar.errors import DataError
from mmsar.io import replacing

NEAREST = 'nearest'


@dataclass(frozen=True)
class Plan:
    """What was asked for.

    Attributes:
        config: Path of the config.
        seeds: Of draws and heads.
        pools: How tokens are pooled.
        shots: Numbers of chips a class, as they stand in the tables.
        embed: How chips are laid out in pictures; see :func:`require_embedding`.
        out: Folder of records and results.
        cache: Folder of the features.
    """

    config: str
    seeds: Sequence[int]
    pools: Sequence[str]
    shots: Sequence[Shots]
    embed: str
    out: Path
    cache: Path


@dataclass(frozen=True)
class Unit:
    """What leaves one record: all seeds of a number of shots.

    Attributes:
        encoder: Of the start.
        pool: How its tokens are pooled.
        head: What classifies.
        shots: Chips a class, or ``all``.
    """

    encoder: StartEncoder
    pool: str
    head: str
    shots: Shots

    @property
    def record(self) -> str:
        """Return the name of its record."""
        return f'{self.encoder.start.name}_{self.pool}_{self.head}_{self.shots}.json'


class Comparison:
    """The chips of a config, and the records of what was learnt from draws of them.

    Args:
        plan: What was asked for.
        config: Of the classifier.
        train: Chips to train on.
        test: Chips to test on.
        draws: Of the training chips.
    """

    def __init__(
        self, plan: Plan, config: Config, train: ChipSet, test: ChipSet, draws: Draws
    ) -> None:
        self.plan = plan
        self.config = config
        self.train = train
        self.test = test
        self.draws = draws

    def path(self, unit: Unit) -> Path:
        """Return the record of a unit."""
        return self.plan.out / 'records' / unit.record

    def settings(self, unit: Unit) -> str:
        """Return what tells a record from one of other settings."""
        schedule = [self.config.get(key) for key in ('optim_wrapper', 'param_scheduler')]
        schedule += [self.config.train_cfg, self.config.train_dataloader.batch_size]
        how = {'published': schedule, 'logistic': LOGISTIC_C, NEAREST: None}
        keys = [unit.encoder.key(chips, unit.pool) for chips in (self.train, self.test)]
        labels = [chips.labels.tolist() for chips in (self.train, self.test)]
        return digest([keys, labels, unit.head, how[unit.head]])

    def is_done(self, unit: Unit) -> bool:
        """Say whether a record has all seeds.

        Raises:
            DataError: It is of other settings or chips.
        """
        path = self.path(unit)
        if not path.is_file():
            return False
        record = read_record(path)
        runs = record['runs']
        seeds = [str(seed) for seed in self.plan.seeds]
        same = all(
            runs[seed]['chips'] == digest(self.draws[unit.shots, int(seed)])
            for seed in seeds
            if seed in runs
        )
        if record['settings'] != self.settings(unit) or not same:
            raise DataError(
                f'{path} is the record of a run with other settings (config, weights, images or '
                'draws); choose another --out, or delete it'
            )
        return runs.keys() >= set(seeds)

    def asked(self, unit: Unit) -> dict[str, Any]:
        """Return the record of a unit with the seeds asked for; it may have others."""
        record = read_record(self.path(unit))
        return record | {'runs': {str(seed): record['runs'][str(seed)] for seed in self.plan.seeds}}

    def run(self, encoder: StartEncoder, todo: Sequence[Unit], progress: Progress) -> None:
        """Make the missing records of a start, and its picture."""
        name, how = encoder.start.name, self.plan.embed
        picture = self.plan.out / f'{how}_{name}.png'
        marker = self.plan.out / 'records' / f'{how}_{name}.txt'
        pools = encoder.start.pools or tuple(self.plan.pools)
        wanted = encoder.key(self.test, pools[0])
        drawn = how == 'none' or (
            picture.is_file() and marker.is_file() and marker.read_text() == wanted
        )
        if not todo and drawn:
            return
        total = len(self.train.paths) + len(self.test.paths)
        task = progress.add_task(f'{name}: features', total=total)
        train, test = (
            encoder.features(chips, pools, self.plan.cache, lambda n: progress.advance(task, n))
            for chips in (self.train, self.test)
        )
        task = progress.add_task(f'{name}: heads', total=len(todo))
        for unit in todo:
            self._record(unit, train[unit.pool], test[unit.pool])
            progress.advance(task)
        if not drawn:
            features = test[pools[0]]
            places = embed(features[:, 0] if pools[0] == PIXELS else normalised(features), how)
            draw_embedding(picture, places, self.test.labels, self.test.classes, f'{name}: {how}')
            with replacing(marker) as temporary:
                temporary.write_text(wanted)

    def _record(self, unit: Unit, train: NDArray[np.float32], test: NDArray[np.float32]) -> None:
        """Classify with the seeds that the record of a unit lacks, and write it."""
        path = self.path(unit)
        runs = read_record(path)['runs'] if path.is_file() else {}
        classes = self.train.classes
        seeds = [seed for seed in self.plan.seeds if str(seed) not in runs]
        draws = [self.draws[unit.shots, seed] for seed in seeds]
        labels = self.train.labels
        if unit.pool == PIXELS:
            found = predict_pixels(train, labels, test, draws)
        else:
            found = predict(unit.head, self.config, train, labels, test, draws, seeds, len(classes))
        for seed, draw, predicted in zip(seeds, draws, found, strict=True):
            confusion = np.zeros((len(classes), len(classes)), np.int64)
            np.add.at(confusion, (self.test.labels, predicted), 1)
            right, there = confusion.diagonal(), confusion.sum(1)
            runs[str(seed)] = {
                'accuracy': 100 * float(right.sum() / there.sum()),
                'mean_class_accuracy': 100 * float((right[there > 0] / there[there > 0]).mean()),
                'chips': digest(draw),
                'confusion': confusion.tolist(),
            }
        write_json(
            path,
            {
                'start': unit.encoder.start.name,
                'pool': unit.pool,
                'head': unit.head,
                'shots': unit.shots,
                'classes': list(classes),
                'runs': dict(sorted(runs.items(), key=lambda item: int(item[0]))),
                'settings': self.settings(unit),
                'config': relative_to_repository(self.plan.config),
                'hardware': hardware(),
                'versions': versions(self.config.get('default_scope')),
                'date': now(),
            },
        )

    def report(self, records: Sequence[Any], references: Sequence[str]) -> str:
        """Write tables and pictures; return the table."""
        out = self.plan.out
        title = f'{Path(self.plan.config).stem}, {len(self.test.paths)} test chips'
        text = render(records, references, title)
        for name, content in (('table.md', text), ('table.csv', to_csv(records))):
            with replacing(out / name) as temporary:
                temporary.write_text(content, encoding='utf-8')
        entries = summarise(records)
        for entry, record in zip(entries, records, strict=True):
            entry['accuracy'] = {seed: run['accuracy'] for seed, run in record['runs'].items()}
        write_json(
            out / 'table.json',
            {
                'title': title,
                'rows': entries,
                'config': relative_to_repository(self.plan.config),
                'hardware': hardware(),
            },
        )
        draw_curves(out / 'curves.png', records, title)
        most = self.plan.shots[-1]
        for record in records:
            if record['shots'] == most:
                name = row_name(record).replace(' ', '_')
                draw_confusion(out / f'confusion_{name}.png', record)
        return text


def read_record(path: Path) -> dict[str, Any]:
    """Read a record.

    Raises:
        DataError: It is none.
    """
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
        if record.keys() >= {'start', 'pool', 'head', 'shots', 'runs', 'settings'}:
            return record
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f'{path} is no record of a run ({error}); delete it') from error
    raise DataError(f'{path} is no record of a run; delete it')
