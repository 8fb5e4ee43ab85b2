"""Write a small detection data set of simulated ship scenes (COCO format, 8-bit PNG)."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from mmsar.apis.cli import natural
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError
from mmsar.simulation import simulate_ship_scene

# 8-bit value of a pixel with the mean amplitude of the sea. One rule for all scenes.
SEA_LEVEL = 40


def main(argv: Sequence[str] | None = None) -> None:
    """Simulate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder of the data set')
    parser.add_argument('--train', type=int, default=48, metavar='N', help='training scenes')
    parser.add_argument('--val', type=int, default=12, metavar='N', help='validation scenes')
    parser.add_argument('--size', type=int, default=256, help='height and width in pixels')
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    if args.size < 64 or args.train < 1 or args.val < 1:
        raise ConfigError('--size must be at least 64, --train and --val at least 1')
    (args.out / 'images').mkdir(parents=True, exist_ok=True)
    for part, (split, count) in enumerate((('train', args.train), ('val', args.val))):
        write_split(args.out, split, count, args.size, (args.seed, part))


def write_split(out: Path, split: str, count: int, size: int, seed: tuple[int, int]) -> None:
    """Write the scenes of one split; scene number n follows (seed, n) and nothing else."""
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number in track(range(count), f'simulating {split} scenes', disable=not _is_terminal()):
        scene = simulate_ship_scene(size, np.random.default_rng((*seed, number)))
        pixels = np.clip(scene.amplitude * SEA_LEVEL, 0, 255).astype(np.uint8)
        name = f'{split}_{number:04d}.png'
        Image.fromarray(pixels).save(out / 'images' / name)
        images.append({'id': number, 'file_name': name, 'height': size, 'width': size})
        for x1, y1, x2, y2 in scene.boxes.tolist():
            annotations.append(
                {
                    'id': len(annotations),
                    'image_id': number,
                    'category_id': 0,
                    'bbox': [x1, y1, x2 - x1, y2 - y1],
                    'area': (x2 - x1) * (y2 - y1),
                    'iscrowd': 0,
                }
            )
    content = {
        'images': images,
        'annotations': annotations,
        'categories': [{'id': 0, 'name': 'ship'}],
    }
    temporary = out / f'.{split}.json'
    temporary.write_text(json.dumps(content))
    os.replace(temporary, out / f'{split}.json')


def _is_terminal() -> bool:
    return os.isatty(1)


if __name__ == '__main__':
    run_tool(main)
