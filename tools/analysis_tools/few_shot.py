r"""Compare backbones by what classifiers on their frozen features reach with few labels.

    few_shot.py CONFIG --shots 1 2 5 10 20 40 --seeds 0..9 \
        --weights saratrx=epoch_120.pth --baseline random --baseline pixels --out few_shot

Features are extracted once and kept in OUT/features; each number of shots leaves a record in
OUT/records. A second call does what is missing, and goes on where a run was stopped. Written to
OUT: table.csv, table.md, table.json, splits.json, curves.png, a confusion matrix of each row, a
picture of the test chips by each start's features.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmsar.apis.cli import config_parser
from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.explain import run_tool
from mmsar.apis.few_shot.comparison import NEAREST, Comparison, Plan, Unit
from mmsar.apis.few_shot.draws import ALL, Shots, make_draws, read_splits, short_of
from mmsar.apis.few_shot.heads import HEADS, require_regression
from mmsar.apis.few_shot.pictures import require_embedding
from mmsar.apis.few_shot.starts import PIXELS, StartEncoder, require_starts
from mmsar.apis.recognition.sets import read_chip_sets
from mmsar.datasets.recognition.few_shot import write_draws
from mmsar.models.classifiers.pooled_norm import POOLS


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
    encoders = [StartEncoder(start, config, device) for start in starts]
    units = [
        Unit(encoder, pool, head, shots)
        for encoder in encoders
        for pool, head in (
            product(args.pool, args.head) if encoder.start.pools is None else [(PIXELS, NEAREST)]
        )
        for shots in args.shots
    ]
    plan = Plan(
        args.config, args.seeds, args.pool, args.shots, args.embed, args.out,
        args.cache or args.out / 'features',
    )  # fmt: skip
    chips = Comparison(plan, config, train, test, draws)
    # All records and files are checked before the first run.
    todo = [unit for unit in units if not chips.is_done(unit)]
    for encoder in dict.fromkeys(unit.encoder for unit in todo):
        encoder.check()
    few = {(int(n), seed): places for (n, seed), places in draws.items() if n != ALL}
    if few:
        write_draws(args.out / 'splits.json', few, train.paths, train.root)
    print(f'{len(units)} records of {len(args.seeds)} seeds, {len(units) - len(todo)} of them done')
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        for encoder in encoders:
            chips.run(encoder, [unit for unit in todo if unit.encoder is encoder], progress)
    records = [chips.asked(unit) for unit in units]
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
