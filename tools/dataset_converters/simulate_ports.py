"""Simulate ports and coasts: a ship detection set, and optical images of the same scenes.

Written to OUT: images/ (radar amplitude, 16-bit PNG), train.json and val.json (COCO), optical/
(8-bit colour PNG under the same names).
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.datasets.detection.coco_file import write_coco
from mmsar.errors import ConfigError
from mmsar.io import write_raster
from mmsar.simulation import Sensor, optical_view, radar_view, simulate_port

# Digital number of amplitude 1, that is of sigma nought 0 dB. Up to 26.8 dB fit into 16 bits.
CALIBRATION = 3000.0


def main(argv: Sequence[str] | None = None) -> None:
    """Simulate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder of the data set')
    parser.add_argument(
        '--train', type=positive_int, default=160, metavar='N', help='training scenes'
    )
    parser.add_argument(
        '--val', type=positive_int, default=40, metavar='N', help='validation scenes'
    )
    parser.add_argument('--size', type=positive_int, default=256, help='height and width in pixels')
    parser.add_argument('--seed', type=natural, default=0)
    parser.add_argument(
        '--processes', type=positive_int, default=os.cpu_count() or 1, help='default: all cores'
    )
    args = parser.parse_args(argv)
    if args.size < 128:
        raise ConfigError(f'--size {args.size}: a scene needs at least 128 pixels a side')
    for folder in ('images', 'optical'):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    for part, (split, count) in enumerate((('train', args.train), ('val', args.val))):
        write = partial(write_scene, args.out, split, args.size, (args.seed, part))
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        results = in_processes(write, count, args.processes)
        for image, boxes in track(results, f'simulating {split} scenes', total=count):
            images.append(image)
            annotations += boxes
        write_coco(args.out / f'{split}.json', images, annotations, ['ship'])


def in_processes(write: Any, count: int, processes: int) -> Iterator[Any]:
    """Yield ``write(number)`` for each number below ``count``, in their order."""
    if processes == 1:
        yield from map(write, range(count))
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(write, range(count))


def write_scene(
    out: Path, split: str, size: int, seed: tuple[int, int], number: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Write both views of a scene; return its entry and its boxes for the COCO file.

    Scene, radar and optical view follow (seed, number) by streams of their own.
    """
    streams = [np.random.default_rng((*seed, number, stream)) for stream in range(3)]
    scene = simulate_port(size, streams[0])
    intensity = radar_view(scene, Sensor(), streams[1])
    name = f'{split}_{number:04d}.png'
    digital = np.minimum(np.sqrt(intensity) * CALIBRATION, 65535)
    write_raster(out / 'images' / name, digital, dtype='uint16')
    write_raster(out / 'optical' / name, optical_view(scene, streams[2]))
    boxes = []
    for ship in scene.ships:
        x1, y1, x2, y2 = ship.box()
        bbox = [round(v, 2) for v in (x1, y1, x2 - x1, y2 - y1)]
        area = round(bbox[2] * bbox[3], 2)
        boxes.append({'image_id': number, 'category_id': 1, 'bbox': bbox, 'area': area})
    return {'id': number, 'file_name': name, 'height': size, 'width': size}, boxes


if __name__ == '__main__':
    run_tool(main)
