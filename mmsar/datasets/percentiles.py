"""Percentiles of a whole scene, for stretching its tiles alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.io import Raster

# Those that tiles carry
LEVELS = (0, 0.1, 0.5, 1, 2, 5, 10, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.9, 100)
_MAX_SAMPLES = 2**18  # of a scene
_STRIP = 2**24  # values read at a time


def sampling_step(rows: int, columns: int) -> int:
    """Return the step between rows and columns that are looked at."""
    return int(np.ceil(np.sqrt(rows * columns / _MAX_SAMPLES)))


def valid_samples(array: NDArray[Any], nodata: float | None) -> NDArray[Any]:
    """Return the values that are data."""
    samples = array[np.isfinite(array)]
    return samples if nodata is None else samples[samples != nodata]


def percentiles(
    samples: NDArray[Any],
    levels: Sequence[float],
    source: object,
    ends: tuple[float, float] | None = None,
) -> list[float]:
    """Return percentiles.

    Args:
        samples: From :func:`valid_samples`.
        levels: From 0 to 100.
        source: For messages.
        ends: Smallest and largest value, for levels 0 and 100, where the samples are some of many.

    Raises:
        DataError: There are no samples.
    """
    if not samples.size:
        raise DataError(f'{source} has no finite values to take percentiles of')
    values = np.percentile(samples, levels).tolist()
    if ends is not None:
        exact = {0.0: ends[0], 100.0: ends[1]}
        values = [exact.get(level, value) for level, value in zip(levels, values, strict=True)]
    return [float(value) for value in values]


def array_percentiles(
    array: NDArray[Any], nodata: float | None, levels: Sequence[float], source: object
) -> list[float]:
    """Return percentiles of a whole image, of some of its values; the extremes of all of them.

    Raises:
        DataError: It has no values.
    """
    step = sampling_step(*array.shape[:2])
    samples = valid_samples(array[::step, ::step], nodata)
    ends = None
    if step > 1 and not {0, 100}.isdisjoint(levels):
        every = valid_samples(array, nodata)
        ends = (every.min(), every.max()) if every.size else None
    return percentiles(samples, levels, source, ends)


def scene_percentiles(
    raster: Raster, bands: Sequence[int] | None = None, levels: Sequence[float] = LEVELS
) -> dict[str, float]:
    """Return the percentiles of an open scene, read strip by strip.

    They are those that :class:`mmsar.StretchSAR` takes of the whole image: of the magnitude where
    values are complex.

    Args:
        raster: The scene.
        bands: Take these bands together. Default: all.
        levels: From 0 to 100.
    """
    rows, columns, count = raster.meta.shape
    step = sampling_step(rows, columns)
    height = max(step, _STRIP // (columns * count) // step * step)
    samples, ends = [], []
    for row in range(0, rows, height):
        strip, _ = raster.read((row, 0, min(height, rows - row), columns), bands)
        if np.iscomplexobj(strip):
            strip = np.abs(strip)
        samples.append(valid_samples(strip[::step, ::step], raster.meta.nodata))
        every = valid_samples(strip, raster.meta.nodata)
        if every.size:
            ends += [every.min(), every.max()]
    extremes = (min(ends), max(ends)) if ends else None
    values = percentiles(np.concatenate(samples), levels, raster.path, extremes)
    return {f'{level:g}': value for level, value in zip(levels, values, strict=True)}


def recorded(values: Mapping[str, float], level: float) -> float:
    """Return one of the percentiles that a tile carries.

    Raises:
        ConfigError: It is not among them.
    """
    if not values:
        raise ConfigError(
            'StretchSAR: the tiles carry percentiles of all bands of their scene together, and '
            'LoadSARImage was told to read some: slice scenes that have just these bands, or use '
            "rule='db' or 'fixed'"
        )
    if f'{level:g}' not in values:
        raise ConfigError(
            f'StretchSAR: the tiles carry percentiles {", ".join(values)} of their scene; '
            f'percentile {level:g} is none of them'
        )
    return float(values[f'{level:g}'])
