"""Cut scenes with boxes and optical views into pairs of patches that hold an object or none.

SCENES: images/ (SAR), optical/ (same names and pixels), and a COCO file for each part, such as
train.json: what simulate_ports.py writes. Written to OUT: sar/, optical/ and pairs.csv with the
columns sar, optical, label, group (scene) and part, for mmsar.LabelledPairs. Patches keep the type
of their scene.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from mmsar.apis.cli import positive_int
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError, DataError
from mmsar.io import Window, open_raster, read_raster, replacing, write_raster

COLUMNS = ('sar', 'optical', 'label', 'group', 'part')


def main(argv: Sequence[str] | None = None) -> None:
    """Label."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('scenes', type=Path)
    parser.add_argument('out', type=Path)
    parser.add_argument('--parts', nargs='+', default=['train', 'val'], help='default: train val')
    parser.add_argument(
        '--size', type=positive_int, default=64, help='rows and columns; default: %(default)s'
    )
    parser.add_argument(
        '--least', type=float, default=0.5, metavar='SHARE',
        help='of the box of an object that a patch must show to hold it. A patch that shows less, '
        'but some, of its objects is left out. Default: %(default)s',
    )  # fmt: skip
    parser.add_argument('--object', default='ship', help='label of patches with; default: ship')
    parser.add_argument('--empty', default='no ship', help='label of the others; default: no ship')
    args = parser.parse_args(argv)
    if not 0 < args.least <= 1:
        raise ConfigError(f'--least {args.least}: give a share above 0 and up to 1')
    if args.out.resolve() == args.scenes.resolve():
        raise ConfigError(f'{args.out} is the folder of the scenes; choose another for the patches')
    names = (args.object.strip(), args.empty.strip())
    if not all(names) or names[0] == names[1]:
        raise ConfigError(
            f'--object {args.object!r} --empty {args.empty!r}: give two different labels'
        )
    parts = read_parts(args.scenes, args.parts)
    require_scenes([scene for scenes in parts.values() for scene in scenes], args.size)
    path = args.out / 'pairs.csv'
    path.unlink(missing_ok=True)  # the patches that it lists are about to change
    for folder in ('sar', 'optical'):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = []
    left_out = 0
    for part, scenes in parts.items():
        for scene in track(scenes, f'cutting {part}'):
            labels = label(scene, args.size, args.least)
            left_out += sum(holds is None for holds in labels.values())
            chosen = {
                window: names[0] if holds else names[1]
                for window, holds in labels.items()
                if holds is not None
            }
            rows += [{**row, 'part': part} for row in cut(scene, chosen, args.out)]
    with replacing(path) as temporary, open(temporary, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    counts = Counter((row['part'], row['label']) for row in rows)
    listed = ', '.join(f'{count} {part} "{name}"' for (part, name), count in sorted(counts.items()))
    print(f'{path}: {listed}; {left_out} left out')


def read_parts(root: Path, parts: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the scenes of each part.

    Raises:
        ConfigError: A part is named twice.
        DataError: It has no COCO file, or one that is malformed.
    """
    from mmsar.datasets import CocoDetection

    twice = [part for part, count in Counter(parts).items() if count > 1]
    if twice:
        raise ConfigError(f'--parts names {twice[0]} twice; name each part once')
    found = {}
    for part in parts:
        data = CocoDetection(
            data_root=str(root),
            ann_file=f'{part}.json',
            data_prefix={'img': 'images', 'optical': 'optical'},
            test_mode=True,
        )
        found[part] = [data.get_data_info(number) for number in range(len(data))]
    return found


def require_scenes(scenes: Sequence[dict[str, Any]], size: int) -> None:
    """Check the scenes before any is cut; only the heads of their files are read.

    Raises:
        ConfigError: A scene is smaller than a patch.
        DataError: The two images of a scene differ in size from one another or from the COCO file,
            or two scenes have one name.
    """
    names: dict[str, str] = {}
    for scene in scenes:
        path = scene['img_path']
        if (stem := Path(path).stem) in names:
            raise DataError(
                f'{names[stem]} and {path} would have patches of one name: a scene must be in '
                'one part, under a name of its own'
            )
        names[stem] = path
        listed = (scene['height'], scene['width'])
        for file in (path, scene['optical_path']):
            with open_raster(file) as raster:
                shape = raster.meta.shape[:2]
            if shape != listed:
                raise DataError(
                    f'{file} has {shape[1]} x {shape[0]} pixels, and the COCO file says '
                    f'{listed[1]} x {listed[0]}: register the images, or correct width and height'
                )
        if min(listed) < size:
            raise ConfigError(
                f'--size {size}: {path} has {listed[1]} x {listed[0]} pixels; give at most '
                f'{min(listed)}'
            )


def label(scene: dict[str, Any], size: int, least: float) -> dict[Window, bool | None]:
    """Say which patches of a scene hold an object: True, False, or None for a part of one only."""
    from mmsar.datasets.tiles import cut_boxes, tile_windows

    shape = (scene['height'], scene['width'])
    boxes = np.array([item['bbox'] for item in scene['instances']], np.float64).reshape(-1, 4)
    labels: dict[Window, bool | None] = {}
    for window in tile_windows(shape, size, 0.0):
        share = cut_boxes(boxes, window, shape)[1].max(initial=0)
        labels[window] = bool(share) if share >= least or not share else None
    return labels


def cut(scene: dict[str, Any], labels: dict[Window, str], out: Path) -> list[dict[str, str]]:
    """Write the patches of a scene, and return their rows."""
    images = {
        key: read_raster(scene[f'{name}_path']) for key, name in (('sar', 'img'), ('optical',) * 2)
    }
    stem = Path(scene['img_path']).stem
    rows = []
    for window, name in labels.items():
        row, column, height, width = window
        file = f'{stem}_{row}_{column}.png'
        for key, (array, meta) in images.items():
            patch = array[row : row + height, column : column + width]
            write_raster(out / key / file, patch, dtype=meta.dtype)
        names = {'sar': f'sar/{file}', 'optical': f'optical/{file}'}
        rows.append({**names, 'label': name, 'group': stem})
    return rows


if __name__ == '__main__':
    run_tool(main)
