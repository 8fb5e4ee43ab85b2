"""Draw simulated aircraft of all types in one pose, by both sensors."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmsar.apis.cli import natural, require_output
from mmsar.apis.explain import run_tool

_SCALE = -28.0, 8.0  # sigma nought in decibels: black and white


def main(argv: Sequence[str] | None = None) -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.png')
    parser.add_argument(
        '--headings',
        type=float,
        nargs='+',
        default=[200.0, 60.0],
        metavar='DEGREES',
        help='of the noses, from the look direction to larger rows; default 200 60',
    )
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.png')
    draw(args.out, args.headings, args.seed)
    print(f'wrote {args.out}')


def draw(out: Path, headings: Sequence[float], seed: int) -> None:
    """Write a picture with a row for each heading and sensor."""
    from mmsar.randomness import derive_seed
    from mmsar.simulation.aircraft import AIRFRAMES, CHIP_SENSORS, draw_scene, simulate_chip
    from mmsar.visualization.chip_panel import draw_chips

    rows: dict[str, dict[str, np.ndarray]] = {}
    for heading in headings:
        for place, sensor in enumerate(CHIP_SENSORS.values()):
            row = rows[f'{sensor.title}\nheading {heading:g}°'] = {}
            for name in AIRFRAMES:
                stream = derive_seed('picture', seed, name)
                scene = draw_scene(
                    name, np.random.default_rng([stream, 0]), heading=float(np.radians(heading))
                )
                row[name] = simulate_chip(scene, sensor, np.random.default_rng([stream, 1 + place]))
    draw_chips(out, rows, *_SCALE)


if __name__ == '__main__':
    run_tool(main)
