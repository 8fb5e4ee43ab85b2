"""Make the tables and figures of the bridge network paper (section 4) from your own runs.

`tables`: matching by backbone and by size of the training set. `curves`: loss and validation over
the epochs. `matches`: pairs that were judged rightly and wrongly. `detections`: what detectors with
different starts find on the same images.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from mmsar.apis.cli import Options, natural, positive_int, require_output
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import find_checkpoint
from mmsar.errors import ConfigError

PUBLISHED = Path(__file__).parents[2] / 'docs/results/published.yml'


def main(argv: Sequence[str] | None = None) -> None:
    """Make one of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)
    add_tables(commands)
    add_curves(commands)
    add_matches(commands)
    add_detections(commands)
    args = parser.parse_args(argv)
    args.run(args)


def add_tables(commands: Any) -> None:
    """Add the flags of ``tables``."""
    parser = commands.add_parser('tables', help='tables 1 and 2, from test_results.json')
    parser.add_argument(
        'work_dirs', type=Path, nargs='+', metavar='WORK_DIR',
        help='folder of tools/test.py --work-dir, or one above several; not of detectors',
    )  # fmt: skip
    parser.add_argument(
        '--out', type=Path, required=True, metavar='FOLDER', help='for tables.md and tables.json'
    )
    parser.set_defaults(run=tables)


def add_curves(commands: Any) -> None:
    """Add the flags of ``curves``."""
    parser = commands.add_parser('curves', help='figure 7, from the logs of trainings')
    parser.add_argument(
        'work_dirs', type=Path, nargs='+', metavar='WORK_DIR', help='of a training; one line each'
    )
    _add_picture(parser)
    parser.set_defaults(run=curves)


def add_matches(commands: Any) -> None:
    """Add the flags of ``matches``."""
    parser = commands.add_parser('matches', help='figure 6, by a trained bridge network')
    parser.add_argument('config', help='config file of the network')
    parser.add_argument('checkpoint', help='checkpoint, or a work folder with one')
    _add_picture(parser)
    parser.add_argument(
        '--per-kind', type=positive_int, default=4, metavar='N',
        help='true and false positives and negatives, so many of each; default 4',
    )  # fmt: skip
    parser.add_argument('--part', choices=['val', 'test'], default='test', help='of the config')
    parser.add_argument(
        '--threshold', type=float, help="distance up to which a pair matches; default: the config's"
    )
    _add_choice(parser, 'those that the network is surest of')
    parser.set_defaults(run=matches)


def add_detections(commands: Any) -> None:
    """Add the flags of ``detections``."""
    parser = commands.add_parser('detections', help='figure 9, by trained detectors')
    parser.add_argument('config', help='config file of the detector')
    parser.add_argument(
        '--start', action='append', required=True, metavar='NAME=CHECKPOINT', dest='starts',
        help='what a training of this config started from, and its checkpoint or work folder; '
        'give it once for each',
    )  # fmt: skip
    _add_picture(parser)
    parser.add_argument(
        '--images', type=positive_int, default=4, metavar='N', help='rows; default 4'
    )
    parser.add_argument(
        '--score-thr', type=float, help="least score of a detection; default: the config's, or 0.3"
    )
    _add_choice(parser, 'the images on which the starts differ most')
    parser.set_defaults(run=detections)


def tables(args: argparse.Namespace) -> None:
    """Write tables 1 and 2."""
    from mmsar.apis.matching.bridge_runs import read_run
    from mmsar.apis.matching.bridge_tables import make_tables, render
    from mmsar.apis.provenance import now, write_json
    from mmsar.apis.results.records import find_records
    from mmsar.io import replacing

    if args.out.is_file():
        raise ConfigError(f'--out {args.out} is a file; name a folder')
    records = {
        record.path.resolve(): record
        for folder in args.work_dirs
        for record in find_records(folder)
    }
    known = yaml.safe_load(PUBLISHED.read_text(encoding='utf-8'))['matching']
    made = make_tables([read_run(record) for record in records.values()], known)
    text = render(made)
    with replacing(args.out / 'tables.md') as temporary:
        temporary.write_text(text, encoding='utf-8')
    write_json(args.out / 'tables.json', {**made, 'date': now()})
    print(f'{text}\nwrote tables.md and tables.json into {args.out}: {len(records)} tests')


def curves(args: argparse.Namespace) -> None:
    """Draw figure 7."""
    from mmsar.apis.training_curves import read_course
    from mmsar.visualization.curves import draw_courses

    require_output(args.out, '--out', '.png')
    courses = [read_course(folder) for folder in args.work_dirs]
    names = [course.name for course in courses]
    if len(set(names)) < len(names):
        raise ConfigError(f'work folders of one name ({", ".join(names)}): rename one')
    for course in courses:
        print(*course.warnings, sep='\n', end='\n' if course.warnings else '')
        last = max(course.loss)
        text = f'{course.name}: epoch {last}, loss {course.loss[last]:.4f}'
        for name, values in course.validated.items():
            if values:
                value = values[max(values)]
                text += f', {name} ' + ('not defined' if value != value else f'{value:.3f}')
        print(text)
    draw_courses(args.out, courses)
    print(f'wrote {args.out}')


def matches(args: argparse.Namespace) -> None:
    """Draw figure 6."""
    from mmsar.apis.matching.judged_pairs import judge
    from mmsar.apis.matching.pair_matcher import PairMatcher
    from mmsar.visualization.pair_panel import KINDS, draw_pairs

    require_output(args.out, '--out', '.png')
    config = load_config(args.config, args.cfg_options)
    matcher = PairMatcher(config, args.checkpoint, args.device, args.threshold)
    pairs = judge(matcher, config, args.part)
    counts = {kind: len(pairs.members(kind)) for kind in KINDS}
    chosen = {kind: pairs.choose(kind, args.per_kind, args.seed) for kind in KINDS}
    for kind, numbers in chosen.items():
        print(f'{kind}: {counts[kind]}')
        for number in numbers:
            print(f'  {pairs.distances[number]:.4f}', *pairs.files(number))
    how = 'those of the surest verdicts' if args.seed is None else f'drawn with seed {args.seed}'
    draw_pairs(
        args.out,
        {kind: [pairs.picture(n) for n in numbers] for kind, numbers in chosen.items()},
        counts,
        args.per_kind,
        f'{len(pairs.labels)} pairs, {how}; distance above each, match up to {pairs.threshold:g}',
    )
    print(f'wrote {args.out}')


def detections(args: argparse.Namespace) -> None:
    """Draw figure 9."""
    import numpy as np

    from mmsar.apis import detector_comparison as comparison
    from mmsar.visualization.detection_panel import draw_detections

    require_output(args.out, '--out', '.png')
    starts = read_starts(args.starts)
    config = load_config(args.config, args.cfg_options)
    loader = comparison.build_loader(config)
    score_thr = comparison.score_threshold(config) if args.score_thr is None else args.score_thr
    records = {
        name: comparison.detect(config, loader, path, args.device) for name, path in starts.items()
    }
    findings = [[comparison.judge(one, score_thr) for one in of] for of in records.values()]
    images = next(iter(records.values()))
    differ = comparison.differences(findings)
    order: Any = np.argsort(-differ, kind='stable')
    how = 'on which they differ most' if len(starts) > 1 else 'with most errors'
    if args.seed is not None:
        order = np.random.default_rng(args.seed).permutation(len(images))
        how = f'drawn with seed {args.seed}'
    numbers = sorted(order[: args.images].tolist())
    titles = ['ground truth']
    for name, of in zip(starts, findings, strict=True):
        hits, alarms = sum(len(f.hits) for f in of), sum(len(f.false_alarms) for f in of)
        misses = sum(int((~f.found).sum()) for f in of)
        print(f'{name}: {hits} hits, {misses} misses, {alarms} false alarms on all images')
        titles.append(f'{name}\nall images: {hits} hits, {misses} misses, {alarms} false')
    for number in numbers:
        print(f'drawn: {images[number].name} (difference {differ[number]})')
    if len(starts) > 1 and not differ[numbers].any():
        print('the starts do not differ on the images drawn')
    title = f'{len(numbers)} of {len(images)} test images, {how}'
    title += f' (score from {score_thr:g}, IoU from {comparison.IOU_THR:g})'
    drawn = [
        comparison.to_image_boxes(config, loader, n, images[n].name, [of[n] for of in findings])
        for n in numbers
    ]
    draw_detections(args.out, drawn, titles, title)
    print(f'wrote {args.out}')


def read_starts(texts: Sequence[str]) -> dict[str, str]:
    """Return name and checkpoint of each start, before the long work begins.

    Raises:
        ConfigError: One is malformed or twice there, or its checkpoint does not exist.
    """
    starts: dict[str, str] = {}
    for text in texts:
        name, separator, path = text.partition('=')
        if not (name and separator and path):
            raise ConfigError(
                f'--start {text}: give NAME=CHECKPOINT, such as ImageNet=epoch_14.pth'
            )
        if name in starts:
            raise ConfigError(f'--start {text}: {name} is there already; give each start a name')
        try:
            starts[name] = find_checkpoint(path)
        except ConfigError as error:
            raise ConfigError(f'--start {text}: {error}') from error
    return starts


def _add_picture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.png')


def _add_choice(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the flags of what runs a network and draws examples."""
    parser.add_argument(
        '--seed', type=natural, metavar='S', help=f'draw at random; default: {default}'
    )
    parser.add_argument('--device', default='cpu', help='such as cuda; default cpu')
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )


if __name__ == '__main__':
    run_tool(main)
