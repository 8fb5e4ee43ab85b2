"""Polar-format imaging: from samples on arcs of wave numbers to samples on a rectangle.

Source: Carrara, Goodman and Majewski, Spotlight Synthetic Aperture Radar, 1995, chapter 3: first
along each direction, then across.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.simulation.isar.radar import ISARRadar
from mmsar.simulation.isar.spectrum import SceneSpectrum
from mmsar.simulation.sensor import SPEED_OF_LIGHT

# Neighbours that a value is interpolated from: 60 dB for targets within 0.7 of the extent
_TAPS = 12
_BETA = 5.65  # of the Kaiser window


def polar_spectrum(
    history: NDArray[Any],
    radar: ISARRadar,
    size: tuple[int, int] | None = None,
    taps: int = _TAPS,
) -> SceneSpectrum:
    """Resample a phase history to the largest rectangle of wave numbers inside of its sector.

    The rectangle stays ``taps / 2`` samples away from the ends, where there is nothing to
    interpolate from, and is less wide than the sector on average: the resolution that results is
    that of the spectrum, a few percent coarser than the radar's.

    Args:
        history: (frequencies, angles).
        radar: What was sampled.
        size: Samples of the rectangle. Default: those of the phase history.
        taps: Neighbours that a value is interpolated from, an even number.

    Raises:
        ConfigError: The phase history has another size than the radar, or is too small.
    """
    if history.shape != (radar.frequencies, radar.angles):
        raise ConfigError(
            f'the phase history has {history.shape[0]} x {history.shape[1]} samples, and the radar '
            f'frequencies={radar.frequencies} x angles={radar.angles}'
        )
    plan = _plan(radar, size or history.shape, taps)
    values = _resample(history, *plan.along)
    values = _resample(values.T, *plan.across).T
    return SceneSpectrum(np.ascontiguousarray(values), plan.steps)


class _Plan:
    """Where the samples of the rectangle lie among those of the sector."""

    def __init__(self, radar: ISARRadar, size: tuple[int, int], taps: int) -> None:
        margin = taps // 2
        if taps % 2 or min(radar.frequencies, radar.angles) <= 2 * margin + 1:
            raise ConfigError(
                f'polar_spectrum: taps={taps} must be even, and below the number of frequencies '
                f'({radar.frequencies}) and angles ({radar.angles})'
            )
        numbers, angles = radar.frequency_axis() * 2 / SPEED_OF_LIGHT, radar.angle_axis()
        tangent = np.tan(angles[-margin - 1])
        low = numbers[margin - 1]
        high = numbers[-margin - 1] * np.cos(angles[-1])  # inside at all angles
        if not low < high:
            raise ConfigError(
                f'polar_spectrum: aperture={radar.aperture} degrees is too wide for '
                f'bandwidth={radar.bandwidth:g}: no rectangle fits into the sector'
            )
        self.steps = tuple(
            float(width / (count - 1))
            for width, count in zip((high - low, 2 * low * tangent), size, strict=True)
        )
        rows = np.linspace(low, high, size[0])
        columns = np.linspace(-low * tangent, low * tangent, size[1])
        places = (rows[:, None] / np.cos(angles) - numbers[0]) / (numbers[1] - numbers[0])
        self.along = _weights(places, taps)
        turns = np.arctan2(columns[:, None], rows)
        self.across = _weights((turns - angles[0]) / (angles[1] - angles[0]), taps)


@lru_cache(maxsize=8)
def _plan(radar: ISARRadar, size: tuple[int, int], taps: int) -> Any:
    return _Plan(radar, size, taps)


def _weights(places: NDArray[np.float64], taps: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the neighbours of places (K, M) along the first axis, and weights: (taps, K, M)."""
    first = np.floor(places + 1e-9).astype(int) - taps // 2 + 1
    neighbours = first + np.arange(taps)[:, None, None]
    distance = places - neighbours
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (2 * distance / taps) ** 2, 0, 1))) / np.i0(_BETA)
    weights = np.sinc(distance) * window
    return neighbours, weights / weights.sum(0)


def _resample(
    values: NDArray[Any], neighbours: NDArray[Any], weights: NDArray[Any]
) -> NDArray[Any]:
    """Interpolate (n, M) at K places of each column; see :func:`_weights`."""
    columns = np.arange(values.shape[1])
    result = np.zeros(neighbours.shape[1:], values.dtype)
    for index, weight in zip(neighbours, weights, strict=True):
        result += values[index, columns] * weight.astype(values.real.dtype)
    return result
