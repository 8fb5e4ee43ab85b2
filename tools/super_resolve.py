"""Enlarge radar images with a trained network, in the units that they come in.

Images of any size: they are read, restored and written strip by strip. GeoTIFF keeps its
geo-reference. A picture beside each (in decibels) shows the middle of the image and of the result.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from mmsar.apis.cli import Options, natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError
from mmsar.io.row_writer import ROW_SUFFIXES


def main(argv: Sequence[str] | None = None) -> None:
    """Enlarge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('input', type=Path, nargs='+', help='images, or folders of images')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder of results')
    parser.add_argument(
        '--checkpoint', required=True, help='checkpoint, work folder with one, or converted weights'
    )
    parser.add_argument('--config', type=Path, help='default: the one stored in the checkpoint')
    parser.add_argument(
        '--format',
        choices=[suffix[1:] for suffix in ROW_SUFFIXES],
        help='of the results; default: that of the input, .npy where it cannot be written',
    )
    parser.add_argument(
        '--tile', type=positive_int, help="rows and columns of a tile; default: the config's or 256"
    )
    parser.add_argument('--overlap', type=natural, help='of tiles; default: a quarter')
    parser.add_argument('--ensemble', action='store_true', help='mean over eight flips and turns')
    parser.add_argument(
        '--stack',
        action='store_true',
        help='the input are NPY files of stacks (N, H, W), not of bands (H, W, N)',
    )
    parser.add_argument('--no-pictures', action='store_true', help='results only')
    parser.add_argument('--device', default='cpu', help='such as cuda; default cpu')
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )
    args = parser.parse_args(argv)
    from mmsar.apis.restoration.input import require_inputs
    from mmsar.apis.restoration.super_resolver import SuperResolver

    files = require_inputs(args.input)
    outputs = output_names(files, args.out, args.format, not (args.no_pictures or args.stack))
    resolver = SuperResolver(
        args.config,
        args.checkpoint,
        args.device,
        args.tile,
        args.overlap,
        args.ensemble or None,
        args.cfg_options,
    )
    with Progress() as bars:
        whole = bars.add_task(f'{len(files)} images', total=len(files))
        for path, (out, picture) in zip(files, outputs, strict=True):
            bar = bars.add_task(path.name, total=1.0)

            def show(share: float, bar: object = bar) -> None:
                bars.update(bar, completed=share)  # type: ignore[arg-type]

            if args.stack:
                meta = resolver.stack_file(path, out, show)
                images, rows, columns = meta.shape
                found = f'{images} images of {columns} x {rows}'
            else:
                meta = resolver.file(path, out, picture, show)
                rows, columns, bands = meta.shape
                found = f'{columns} x {rows}, {bands} bands'
            bars.remove_task(bar)
            bars.advance(whole)
            bars.console.print(
                f'{path} -> {out}: {found}, {meta.dtype}',
                highlight=False,
                soft_wrap=True,
            )


def output_names(
    files: Sequence[Path], folder: Path, form: str | None, pictures: bool
) -> list[tuple[Path, Path | None]]:
    """Return where the results and their pictures go, by the names of the images.

    Raises:
        ConfigError: Two would have one name, or one would replace an image.
    """
    images = {path.resolve() for path in files}
    made: dict[Path, Path] = {}
    names = []
    for path in files:
        suffix = f'.{form}' if form else path.suffix.lower()
        suffix = '.png' if suffix in ('.jpg', '.jpeg') else suffix
        result = folder / f'{path.stem}{suffix if suffix in ROW_SUFFIXES else ".npy"}'
        picture = folder / f'{path.stem}_beside.png' if pictures else None
        names.append((result, picture))
        for name in filter(None, names[-1]):
            if name.resolve() in images:
                raise ConfigError(
                    f'{name} would replace an image of the input; choose another --out'
                )
            if name in made:
                raise ConfigError(
                    f'{made[name]} and {path} would both be written to {name}; enlarge them into '
                    'folders of their own' + (', or add --no-pictures' if name == picture else '')
                )
            made[name] = path
    return names


if __name__ == '__main__':
    run_tool(main)
