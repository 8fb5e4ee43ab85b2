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
    parser.add_argument('--no-pictures', action='store_true', help='results only')
    parser.add_argument('--device', default='cpu', help='such as cuda; default cpu')
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )
    args = parser.parse_args(argv)
    from mmsar.apis.restoration.input import require_inputs
    from mmsar.apis.restoration.super_resolver import SuperResolver

    files = require_inputs(args.input)
    outputs = output_names(files, args.out, args.format)
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
        for path, out in zip(files, outputs, strict=True):
            bar = bars.add_task(path.name, total=1.0)

            def show(share: float, bar: object = bar) -> None:
                bars.update(bar, completed=share)  # type: ignore[arg-type]

            picture = None if args.no_pictures else out.with_name(f'{out.stem}_beside.png')
            meta = resolver.file(path, out, picture, show)
            bars.remove_task(bar)
            bars.advance(whole)
            rows, columns, bands = meta.shape
            bars.console.print(
                f'{path} -> {out}: {columns} x {rows}, {bands} bands, {meta.dtype}',
                highlight=False,
                soft_wrap=True,
            )


def output_names(files: Sequence[Path], folder: Path, form: str | None) -> list[Path]:
    """Return where the results go, by the names of the images.

    Raises:
        ConfigError: Two would have one name, or one would replace its image.
    """
    names = []
    for path in files:
        suffix = f'.{form}' if form else path.suffix.lower()
        suffix = '.png' if suffix in ('.jpg', '.jpeg') else suffix
        names.append(folder / f'{path.stem}{suffix if suffix in ROW_SUFFIXES else ".npy"}')
    for number, (path, name) in enumerate(zip(files, names, strict=True)):
        if name in names[:number]:
            raise ConfigError(
                f'{files[names.index(name)]} and {path} would both be written to {name}; enlarge '
                'them into folders of their own'
            )
        if name.absolute() == path.absolute():
            raise ConfigError(f'{name} would replace its own input; choose another --out')
    return names


if __name__ == '__main__':
    run_tool(main)
