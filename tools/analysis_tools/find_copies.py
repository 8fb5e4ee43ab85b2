r"""Are generated images copies of training images? Compare each with the one that it is most like.

    find_copies.py training/ generated/ --real others/ --out figures

A generator that has learnt by heart gives back the speckle of its training images. So each
generated image is compared with all of them, pixel by pixel in decibels, also mirrored and shifted
a little. How near real images come says what is normal: others of the same radar (--real), and the
training images among themselves.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from mmsar.apis.cli import natural, require_output
from mmsar.apis.explain import run_tool
from mmsar.apis.image_comparison.flags import add_folder_flags


def main(argv: Sequence[str] | None = None) -> None:
    """Compare."""
    args = _parser().parse_args(argv)
    if args.out:
        require_output(args.out / 'copies.json', '--out', '.json')
    from mmsar.apis.image_comparison.copies import CopyCheck
    from mmsar.apis.image_comparison.image_folder import read_folder, require_one_unit
    from mmsar.evaluation.generation.checks import require_images
    from mmsar.evaluation.generation.copies import NearestImages, nearest_images

    folders = {'training': args.training, 'generated': args.generated}
    if args.real:
        folders['real'] = args.real
    sets = {
        name: read_folder(path, args.domain, args.crop, unit=args.unit, what=f'reading {name}')
        for name, path in folders.items()
    }
    require_one_unit(list(sets.values()), args.unit)
    for part in sets.values():
        require_images(part.images, f'images of {part.folder}', list(map(str, part.paths)))
    training = sets.pop('training')
    found: dict[str, NearestImages] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        parts = {**sets, 'training, each with the others': training}
        for name, part in parts.items():
            found[name] = nearest_images(
                part.images,
                training.images,
                args.shift,
                not args.no_flips,
                part is training,
                _progress(bar, name),
            )
    check = CopyCheck(training, sets['generated'], found.pop('generated'), found)
    print(check.table())
    if args.out:
        for path in check.write(args.out):
            print(f'wrote {path}')


def _progress(bar: Progress, name: str) -> Callable[[int, int], None]:
    task = bar.add_task(f'comparing {name}', total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('training', type=Path, help='folder of images, at any depth')
    parser.add_argument('generated', type=Path, help='folder of generated images')
    parser.add_argument(
        '--real', type=Path, metavar='DIR', help='real images that were not trained on'
    )
    parser.add_argument(
        '--shift', type=natural, default=2, metavar='N',
        help='pixels by which two images may be shifted; default 2',
    )  # fmt: skip
    parser.add_argument(
        '--no-flips', action='store_true', help='do not compare with mirrored images'
    )
    add_folder_flags(parser)
    parser.add_argument(
        '--out', type=Path, metavar='DIR', help='write copies.json and copies.png there'
    )
    return parser


if __name__ == '__main__':
    run_tool(main)
