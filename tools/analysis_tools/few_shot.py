r"""Compare backbones by what classifiers on their frozen features reach with few labels.

    few_shot.py CONFIG --shots 1 2 5 10 20 40 --seeds 0..9 \
        --weights saratrx=epoch_120.pth --baseline random --baseline pixels --out few_shot

Features are extracted once and kept in OUT/features; each number of shots leaves a record in
OUT/records. A second call does what is missing, and goes on where a run was stopped. Written to
OUT: table.csv, table.md, table.json, splits.json, curves.png, a confusion matrix of each row, a
picture of the test chips by each start's features.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmsar.apis.cli import config_parser
from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.explain import run_tool
from mmsar.apis.few_shot.draws import ALL, Draws, Shots, make_draws, read_splits, short_of
from mmsar.apis.few_shot.feature_cache import digest
from mmsar.apis.few_shot.heads import (
    HEADS,
    LOGISTIC_C,
    normalised,
    predict,
    predict_pixels,
    require_regression,
)
from mmsar.apis.few_shot.pictures import (
    draw_confusion,
    draw_curves,
    draw_embedding,
    embed,
    require_embedding,
)
from mmsar.apis.few_shot.starts import PIXELS, StartEncoder, require_starts
from mmsar.apis.few_shot.table import render, row_name, summarise, to_csv
from mmsar.apis.provenance import hardware, now, relative_to_repository, versions, write_json
from mmsar.apis.recognition.sets import ChipSet, read_chip_sets
from mmsar.datasets.recognition.few_shot import write_draws
from mmsar.errors import DataError
from mmsar.io import replacing
from mmsar.models.classifiers.pooled_norm import POOLS

NEAREST = 'nearest'


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


def main(argv: Sequence[str] | None = None) -> None:
    """Compare."""
    args = _parser().parse_args(argv)
    args.seeds = sorted({seed for part in args.seeds for seed in part})
    for flag in ('shots', 'head', 'pool'):
        setattr(args, flag, list(dict.fromkeys(getattr(args, flag))))
    require_embedding(args.embed)
    if 'logistic' in args.head:
        require_regression()
    starts, skipped = require_starts(args.weights, args.baseline)
    if skipped:
        print(skipped)
    config = load_config(args.config, args.cfg_options)
    device = require_device(args.device)
    train, test = read_chip_sets(config)
    draws = (
        read_splits(args.splits, train, args.shots, args.seeds)
        if args.splits
        else make_draws(train, args.shots, args.seeds, args.few_groups)
    )
    if short := short_of(train, draws):
        print(f'fewer groups of views than shots: {short}')
    few = {(int(n), seed): places for (n, seed), places in draws.items() if n != ALL}
    if few:
        write_draws(args.out / 'splits.json', few, train.paths, train.root)
    encoders = [StartEncoder(start, config, device) for start in starts]
    units = [
        Unit(encoder, pool, head, shots)
        for encoder in encoders
        for pool, head in (
            product(args.pool, args.head) if encoder.start.pools is None else [(PIXELS, NEAREST)]
        )
        for shots in args.shots
    ]
    chips = Chips(args, config, train, test, draws)
    # All records and files are checked before the first run.
    todo = [unit for unit in units if not chips.is_done(unit)]
    for encoder in dict.fromkeys(unit.encoder for unit in todo):
        encoder.check()
    print(f'{len(units)} records of {len(args.seeds)} seeds, {len(units) - len(todo)} of them done')
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        for encoder in encoders:
            chips.run(encoder, [unit for unit in todo if unit.encoder is encoder], progress)
    records = [read_record(chips.path(unit)) for unit in units]
    references = [start.name for start in starts if start.kind != 'weights']
    print(chips.report(records, references))


def _parser() -> argparse.ArgumentParser:
    parser = config_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        '--shots', type=_shots, nargs='+', default=[1, 2, 5, 10, 20, 40], metavar='K',
        help='training chips a class, or all; default 1 2 5 10 20 40',
    )  # fmt: skip
    parser.add_argument(
        '--seeds', type=_seeds, nargs='+', default=[range(10)], metavar='SEED',
        help='of draws and heads: numbers, and ranges such as 0..9, the default',
    )  # fmt: skip
    parser.add_argument(
        '--weights', action='append', default=[], metavar='NAME=FILE',
        help='weights of the backbone of the config. Once for each file',
    )  # fmt: skip
    parser.add_argument(
        '--baseline', action='append', default=[], metavar='NAME',
        help='random: the backbone untrained; pixels: nearest neighbour of the images; '
        'correlation: that of the highest correlation; timm-resnet50=FILE: a network of timm, '
        'left out without its file',
    )  # fmt: skip
    parser.add_argument(
        '--head', choices=HEADS, nargs='+', default=['published'], help='default: published'
    )
    parser.add_argument(
        '--pool', choices=POOLS, nargs='+', default=['mean'],
        help='mean of the tokens (default), as published, or grid: all, with their places',
    )  # fmt: skip
    parser.add_argument(
        '--few-groups', choices=('refuse', 'fewer', 'views'), default='refuse',
        help='a class with fewer groups of views than shots: an error (default), fewer chips, '
        'or further views of its groups',
    )  # fmt: skip
    parser.add_argument('--splits', type=Path, help='take the draws from this file; see OUT')
    parser.add_argument(
        '--embed', choices=('tsne', 'umap', 'none'), default='tsne',
        help='how test chips are laid out in pictures; default tsne',
    )  # fmt: skip
    parser.add_argument('--device', default='cpu', help='of the backbones, such as cuda')
    parser.add_argument('--out', type=Path, required=True, help='folder of records and results')
    parser.add_argument(
        '--cache', type=Path, help='folder of the features; default: OUT/features; may be deleted'
    )
    return parser


class Chips:
    """The chips of a config, and the records of what was learnt from draws of them.

    Args:
        args: Of the tool.
        config: Of the classifier.
        train: Chips to train on.
        test: Chips to test on.
        draws: Of the training chips.
    """

    def __init__(
        self, args: argparse.Namespace, config: Any, train: ChipSet, test: ChipSet, draws: Draws
    ) -> None:
        self.args = args
        self.config = config
        self.train = train
        self.test = test
        self.draws = draws
        self.cache = args.cache or args.out / 'features'

    def path(self, unit: Unit) -> Path:
        """Return the record of a unit."""
        return self.args.out / 'records' / unit.record

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
        seeds = [str(seed) for seed in self.args.seeds]
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
        return runs.keys() == set(seeds)

    def run(self, encoder: StartEncoder, todo: Sequence[Unit], progress: Progress) -> None:
        """Make the missing records of a start, and its picture."""
        name, how = encoder.start.name, self.args.embed
        picture = self.args.out / f'{how}_{name}.png'
        marker = self.args.out / 'records' / f'{how}_{name}.txt'
        pools = encoder.start.pools or tuple(self.args.pool)
        wanted = encoder.key(self.test, pools[0])
        drawn = how == 'none' or (
            picture.is_file() and marker.is_file() and marker.read_text() == wanted
        )
        if not todo and drawn:
            return
        total = len(self.train.paths) + len(self.test.paths)
        task = progress.add_task(f'{name}: features', total=total)
        train, test = (
            encoder.features(chips, pools, self.cache, lambda n: progress.advance(task, n))
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
        """Classify with all seeds of a unit, and write its record."""
        classes, seeds = self.train.classes, self.args.seeds
        draws = [self.draws[unit.shots, seed] for seed in seeds]
        labels = self.train.labels
        if unit.pool == PIXELS:
            found = predict_pixels(train, labels, test, draws)
        else:
            found = predict(unit.head, self.config, train, labels, test, draws, seeds, len(classes))
        runs = {}
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
            self.path(unit),
            {
                'start': unit.encoder.start.name,
                'pool': unit.pool,
                'head': unit.head,
                'shots': unit.shots,
                'classes': list(classes),
                'runs': runs,
                'settings': self.settings(unit),
                'config': relative_to_repository(self.args.config),
                'hardware': hardware(),
                'versions': versions(self.config.get('default_scope')),
                'date': now(),
            },
        )

    def report(self, records: Sequence[Any], references: Sequence[str]) -> str:
        """Write tables and pictures; return the table."""
        out = self.args.out
        title = f'{Path(self.args.config).stem}, {len(self.test.paths)} test chips'
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
                'config': relative_to_repository(self.args.config),
                'hardware': hardware(),
            },
        )
        draw_curves(out / 'curves.png', records, title)
        most = self.args.shots[-1]
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


def _shots(text: str) -> Shots:
    if text == ALL:
        return text
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not above zero')
    return value


def _seeds(text: str) -> range:
    first, dots, last = text.partition('..')
    found = range(int(first), int(last if dots else first) + 1)
    if not found or found[0] < 0:
        raise argparse.ArgumentTypeError(f'{text}: give a number from 0, or a range such as 0..9')
    return found


if __name__ == '__main__':
    run_tool(main)
