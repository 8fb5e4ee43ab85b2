"""A benchmark of super-resolution: what is simulated for training and for the test.

There is no published set of phase histories of spacecraft, so this one is ours. The test has eight
spacecraft, 25 views of each and two levels of noise: 400 pairs, the same on every machine but for
rounding. Those of training and validation are drawn at random (:func:`random_spacecraft`), with
seeds of their own; none has the sizes of these eight. The truth is what the radar would measure
without noise.

Change nothing here: raise :data:`VERSION` and say so where figures are reported.
"""

from functools import lru_cache

import numpy as np

from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed
from mmsar.simulation.isar.radar import ISARRadar
from mmsar.simulation.isar.spacecraft import (
    Design,
    Spacecraft,
    View,
    build_spacecraft,
    draw_design,
    draw_view,
)

VERSION = 1

# Ku band; polar format leaves 0.15 m of resolution in both directions and an extent of 18 m.
RADAR = ISARRadar(
    centre_frequency=16.7e9, bandwidth=1.1e9, aperture=3.8, frequencies=136, angles=136
)
SAMPLES = 120  # of the spectrum, in both directions; 60, 40 and 30 at low resolution
PIXELS = 144  # of images at high resolution
WINDOW = 'taylor'
# What networks see: decibels from the largest amplitude of the image at low resolution.
DECIBELS = (-48.0, 2.0)

VIEWS = 25
SNRS = (20.0, 10.0)  # of a sample of the phase history, in dB
DESIGNS = {
    'classic': Design((1.7, 1.5, 2.3), 2, 3.6, 1.5, 15.0),
    'observer': Design((1.2, 1.3, 3.1), 1, 3.3, 2.0, -35.0, dish=1.1),
    'relay': Design((2.1, 1.9, 2.8), 2, 3.9, 1.2, 60.0, dish=2.4),
    'probe': Design((1.4, 1.4, 1.5), 2, 2.2, 1.1, 0.0, dish=1.8, boom=3.6),
    'station': Design((2.4, 1.3, 1.4), 4, 2.6, 1.6, 80.0, truss=0.9),
    'cargo': Design((1.9, 2.0, 3.3), 4, 2.4, 1.0, -20.0),
    'stage': Design((1.6, 1.6, 3.4), 0, boom=1.2),
    'girder': Design((1.1, 1.0, 1.3), 2, 3.0, 1.8, -70.0, boom=2.0, truss=1.0),
}


def benchmark_pairs() -> list[tuple[str, int, float]]:
    """Return design, view and signal-to-noise ratio of each pair of the test, in order."""
    return [(name, view, snr) for name in DESIGNS for view in range(VIEWS) for snr in SNRS]


@lru_cache(maxsize=len(DESIGNS))
def benchmark_spacecraft(name: str) -> Spacecraft:
    """Return one of the eight.

    Raises:
        ConfigError: There is none of this name.
    """
    if name not in DESIGNS:
        raise ConfigError(f'the benchmark has no {name!r}; it has {", ".join(DESIGNS)}')
    return build_spacecraft(DESIGNS[name], stream('spacecraft', name))


def benchmark_view(name: str, number: int) -> View:
    """Return one of its views."""
    return draw_view(stream('view', name, number))


@lru_cache(maxsize=64)
def random_spacecraft(part: str, number: int, seed: int = 0) -> Spacecraft:
    """Draw a spacecraft that is not one of the eight.

    Args:
        part: ``train`` or ``val``: each has spacecraft of its own.
        number: Which.
        seed: Of the set.
    """
    generator = stream(part, number, seed)
    return build_spacecraft(draw_design(generator), generator)


def stream(*keys: int | str) -> np.random.Generator:
    """Return a generator that depends on the keys and the version of the benchmark alone."""
    return np.random.default_rng(derive_seed('isar benchmark', VERSION, *keys))
