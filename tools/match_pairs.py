"""Match radar and optical images with a trained bridge network.

`score` tells which pairs of images show the same ground; `locate` finds the place of a radar chip
in a larger optical image.
"""

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from mmsar.apis.cli import Options, positive_int, require_output
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.matching.image_pairs import pair_files
from mmsar.apis.provenance import write_json
from mmsar.io import replacing


def main(argv: Sequence[str] | None = None) -> None:
    """Match."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)
    add_score(commands)
    add_locate(commands)
    args = parser.parse_args(argv)
    args.run(args)


def add_score(commands: Any) -> None:
    """Add the flags of ``score``."""
    parser = commands.add_parser('score', help='do these pairs show the same ground?')
    _add_network(parser)
    parser.add_argument('sar', type=Path, help='radar image, or folder of radar images')
    parser.add_argument('optical', type=Path, help='optical image, or folder; same names')
    parser.add_argument(
        '--out', type=Path, metavar='FILE', help='write the verdicts: .csv or .json'
    )
    parser.add_argument('--batch-size', type=positive_int, default=16, help='pairs at a time')
    parser.set_defaults(run=score)


def add_locate(commands: Any) -> None:
    """Add the flags of ``locate``."""
    parser = commands.add_parser('locate', help='where in this image is this chip?')
    _add_network(parser)
    parser.add_argument('chip', type=Path, help='radar image')
    parser.add_argument('image', type=Path, help='larger optical image of the same pixel spacing')
    parser.add_argument(
        '--stride', type=positive_int, help="between windows, in pixels; default: the backbone's"
    )
    parser.add_argument(
        '--top', type=positive_int, default=3, metavar='N', help='places to name; default 3'
    )
    parser.add_argument(
        '--tile', type=positive_int, default=2048, help='rows and columns computed at a time'
    )
    parser.add_argument('--out', type=Path, metavar='FILE.json', help='write the places')
    parser.add_argument('--map', type=Path, metavar='FILE.npy', help='write all distances')
    parser.add_argument('--picture', type=Path, metavar='FILE.png', help='draw chip, place and map')
    parser.set_defaults(run=locate)


def score(args: argparse.Namespace) -> None:
    """Compare pairs."""
    require_output(args.out, '--out', '.csv', '.json')
    pairs = pair_files(args.sar, args.optical)
    matcher = _matcher(args)
    scores = matcher.score_pairs(*zip(*pairs, strict=True), batch_size=args.batch_size)
    rows: list[dict[str, Any]] = [
        {
            'sar': str(sar),
            'optical': str(optical),
            'distance': round(float(distance), 6),
            'match': bool(match),
        }
        for (sar, optical), distance, match in zip(
            pairs, scores.distances, scores.matches, strict=True
        )
    ]
    for row in rows:
        verdict = 'match   ' if row['match'] else 'no match'
        print(f'{row["distance"]:8.4f}  {verdict}  {row["sar"]}  {row["optical"]}')
    print(
        f'{sum(row["match"] for row in rows)} of {len(rows)} pairs match '
        f'(distance up to {scores.threshold:g})'
    )
    if args.out and args.out.suffix.lower() == '.json':
        write_json(args.out, {'threshold': scores.threshold, 'pairs': rows})
    elif args.out:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator='\n')
        writer.writeheader()
        writer.writerows({**row, 'match': int(row['match'])} for row in rows)
        with replacing(args.out) as temporary:
            temporary.write_text(text.getvalue(), encoding='utf-8')


def locate(args: argparse.Namespace) -> None:
    """Find a chip."""
    for flag, suffix in (('out', '.json'), ('map', '.npy'), ('picture', '.png')):
        require_output(getattr(args, flag), f'--{flag}', suffix)
    matcher = _matcher(args)
    with Progress(console=Console(stderr=True)) as bars:
        bar = bars.add_task(args.image.name, total=None)

        def show(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total)

        location = matcher.locate(args.chip, args.image, args.stride, args.tile, progress=show)
    places = location.places(args.top)
    print('   row  column  distance')
    for place in places:
        print(f'{place.row:6d}  {place.column:6d}  {place.distance:8.4f}')
    verdict = 'a match' if places[0].distance <= matcher.threshold else 'no match'
    print(
        f'{location.distances.size} windows of {location.window[0]} x {location.window[1]} pixels '
        f'every {location.stride}; the best is {verdict} (distance up to {matcher.threshold:g})'
    )
    if args.out:
        content = {
            'chip': str(args.chip),
            'image': str(args.image),
            'stride': location.stride,
            'threshold': matcher.threshold,
            'places': [
                {**place._asdict(), 'match': place.distance <= matcher.threshold}
                for place in places
            ],
        }
        write_json(args.out, content)
    if args.map:
        # To a name that does not end in .npy, such as FILE.NPY, np.save would append it.
        with replacing(args.map) as temporary, temporary.open('wb') as file:
            np.save(file, location.distances)
    if args.picture:
        from mmsar.apis.matching.location_picture import draw_location

        draw_location(args.picture, args.chip, args.image, location, places)


def _add_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('config', help='config file of the network')
    parser.add_argument('checkpoint', help='checkpoint, or a work folder with one')
    parser.add_argument('--device', default='cpu', help='such as cuda; default cpu')
    parser.add_argument(
        '--threshold', type=float, help="distance up to which a pair matches; default: the config's"
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )


def _matcher(args: argparse.Namespace) -> Any:
    from mmsar.apis.matching.pair_matcher import PairMatcher

    config = load_config(args.config, args.cfg_options)
    return PairMatcher(config, args.checkpoint, args.device, args.threshold)


if __name__ == '__main__':
    run_tool(main)
