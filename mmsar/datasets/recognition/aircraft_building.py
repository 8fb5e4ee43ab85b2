"""Write data sets of simulated chips of aircraft by two sensors."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from math import degrees
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from mmsar.errors import ConfigError, DataError
from mmsar.io import replacing, write_raster
from mmsar.randomness import derive_seed
from mmsar.simulation.aircraft import AIRFRAMES, CHIP_SENSORS, draw_scene, simulate_chip

MANIFEST = 'chips.json'
FOLDERS = {'x1m': 'sar1', 'c3m': 'sar2'}
# Table 1 of arXiv 2606.28922: TerraSAR-X and Fucheng-1.
TABLE_1 = {
    'x1m': dict(zip(AIRFRAMES, (129, 146, 132, 134, 165, 143, 134), strict=True)),
    'c3m': dict.fromkeys(AIRFRAMES, 50),
}
# Digital number of amplitude 1, that is of sigma nought 0 dB. Up to 36.3 dB fit into 16 bits.
CALIBRATION = 1000.0


@dataclass(frozen=True)
class AircraftSet:
    """What is written.

    Attributes:
        counts: Number of chips by sensor and type of aircraft; the sensors see other individuals.
        pairs: Number of pairs of each type: one individual in one pose by both sensors.
        size: Rows and columns of the chips.
        spacing: Of their pixels, in metres.
        seed: Of everything random.
    """

    counts: Mapping[str, Mapping[str, int]]
    pairs: int
    size: int
    spacing: float
    seed: int

    def jobs(self) -> list[tuple[str, str, str, int]]:
        """Return folder, sensor, type and number of each chip."""
        single = [
            (FOLDERS[sensor], sensor, name, number)
            for sensor, counts in self.counts.items()
            for name, count in counts.items()
            for number in range(count)
        ]
        return single + [
            (f'pairs/{folder}', sensor, name, number)
            for name in AIRFRAMES
            for number in range(self.pairs)
            for sensor, folder in FOLDERS.items()
        ]


def table_1(divide: int = 1) -> dict[str, dict[str, int]]:
    """Return the counts of Table 1 of the paper, or of a part of them, rounded, at least 1."""
    return {
        sensor: {name: max(1, round(count / divide)) for name, count in counts.items()}
        for sensor, counts in TABLE_1.items()
    }


def build_aircraft_chips(out: Path, what: AircraftSet, processes: int = 1) -> int:
    """Write the chips and, in :data:`MANIFEST`, what they are; return their number.

    A chip depends on its sensor, its type, its number, the seed, the size and the spacing alone.
    What an interrupted run has written is kept.

    Raises:
        ConfigError: The folder holds something else, or a data set of other settings, or nothing is
            to be written.
        DataError: The manifest in it cannot be read.
    """
    jobs = what.jobs()
    if not jobs:
        raise ConfigError(f'{out}: no chips are wanted; set counts or pairs above 0')
    settings = json.loads(json.dumps(asdict(what)))
    _check_folder(out, settings)
    content: dict[str, Any] = {
        'complete': False,
        'settings': settings,
        'domain': 'amplitude',
        'digital_number_of_0_db': CALIBRATION,
        'pixel_spacing': what.spacing,
        'sensors': {FOLDERS[key]: asdict(sensor) for key, sensor in CHIP_SENSORS.items()},
    }
    _write_json(out / MANIFEST, content)
    chips = list(
        track(_in_processes(out, what, jobs, processes), 'simulating chips', total=len(jobs))
    )
    _write_json(out / MANIFEST, content | {'complete': True, 'chips': chips})
    return len(chips)


def write_chip(out: Path, what: AircraftSet, job: tuple[str, str, str, int]) -> dict[str, Any]:
    """Write a chip unless it is there; return its entry in the manifest."""
    folder, sensor, name, number = job
    kind = 'pairs' if folder.startswith('pairs') else sensor
    seed = derive_seed('aircraft', what.seed, kind, name, number)
    scene = draw_scene(name, np.random.default_rng([seed, 0]))
    path = f'{folder}/{name}/{number:04d}.png'
    if not (out / path).exists():
        stream = np.random.default_rng([seed, 1 + list(FOLDERS).index(sensor)])
        amplitude = simulate_chip(scene, CHIP_SENSORS[sensor], stream, what.size, what.spacing)
        write_raster(out / path, np.minimum(amplitude * CALIBRATION, 65535), dtype='uint16')
    aircraft = scene.aircraft
    return {
        'path': path,
        'class': name,
        'sensor': sensor,
        'heading': round(degrees(aircraft.heading), 2),
        'length': round(aircraft.length * aircraft.airframe.length, 2),
        'span': round(aircraft.span * aircraft.airframe.wing.span, 2),
        'seed': seed,
    }


def _check_folder(out: Path, settings: dict[str, Any]) -> None:
    manifest = out / MANIFEST
    if out.exists() and not out.is_dir():
        raise ConfigError(f'{out} is a file; name a folder')
    if not manifest.exists():
        if out.is_dir() and any(not entry.name.startswith('.') for entry in out.iterdir()):
            raise ConfigError(f'{out} is not empty and has no {MANIFEST}; name another folder')
        return
    try:
        old = json.loads(manifest.read_text(encoding='utf-8'))['settings']
        different = [key for key in settings if old[key] != settings[key]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f'{manifest} is not what this command writes; remove {out}') from error
    if different:
        raise ConfigError(
            f'{out} has chips of other settings ({", ".join(different)}); name another folder'
        )


def _in_processes(
    out: Path, what: AircraftSet, jobs: list[tuple[str, str, str, int]], processes: int
) -> Iterator[dict[str, Any]]:
    write = partial(write_chip, out, what)
    if processes == 1:
        yield from map(write, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(write, jobs, chunksize=8)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + '\n', encoding='utf-8')
