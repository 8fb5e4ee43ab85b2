"""Scattering points of an aircraft, with the lobes in which they flash."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gamma

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Lobes are as wide as given at this wavelength, in metres (X band), and widen with it.
_REFERENCE_WAVELENGTH = 0.0311
_PART_DB = 4.0  # deviation between individuals
_SHAPE = 0.65  # of the Weibull distribution of strengths: few points outshine the others


@dataclass(frozen=True)
class AircraftPoints:
    """Scattering points in the frame of the aircraft; all arrays are (N,).

    Attributes:
        along: In metres from the centre towards the nose.
        across: In metres to the left, seen from above with x forward.
        height: In metres above ground.
        base: Radar cross section from any side, in square metres.
        flash: What is added in the middle of the lobe, in square metres.
        normal: Direction of the lobe, in radians from the nose; NaN for points without.
        width: Of the lobe: half of it, at 1/e, in radians.
    """

    along: Array
    across: Array
    height: Array
    base: Array
    flash: Array
    normal: Array
    width: Array

    def rcs(self, aspect: float, wavelength: float) -> Array:
        """Return the radar cross sections, in square metres.

        Args:
            aspect: Direction of the radar, in radians from the nose, in the sense of ``normal``.
            wavelength: In metres.
        """
        angle = np.nan_to_num(self.normal) - aspect
        away = np.abs((angle + np.pi) % (2 * np.pi) - np.pi)
        width = self.width * np.sqrt(wavelength / _REFERENCE_WAVELENGTH)
        # Parts that face away from the radar are hidden by others, though not all.
        lit = np.where(np.isnan(self.normal), 1.0, np.clip(0.6 + np.cos(away), 0.12, 1.0))
        return lit * self.base + self.flash * np.exp(-((away / width) ** 2))


@dataclass(frozen=True)
class Part:
    """A part of an aircraft: points along a line, or around its one end if it has no length.

    Attributes:
        start: Along, across, height, in metres.
        end: Likewise.
        count: Number of points.
        spread: Standard deviation of their places about the line, in metres.
        base_db: Mean cross section of a point from any side, in dB above a square metre.
        flash_db: What is added in the middle of the lobe, likewise.
        normal: See :class:`AircraftPoints`.
        width: Of the lobe, in degrees.
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    count: int
    spread: float
    base_db: float
    flash_db: float = -99.0
    normal: float = np.nan
    width: float = 30.0


def draw_points(parts: Sequence[Part], generator: np.random.Generator) -> AircraftPoints:
    """Draw the points of an individual.

    Strengths of points have a heavy tail; those of parts differ by some dB between individuals.
    """
    which = np.repeat(np.arange(len(parts)), [part.count for part in parts])
    start, end = (np.array([getattr(part, n) for part in parts])[which] for n in ('start', 'end'))
    counts, spread, base_db, flash_db, normal, width = (
        np.array([getattr(part, name) for part in parts])[which]
        for name in ('count', 'spread', 'base_db', 'flash_db', 'normal', 'width')
    )
    first = np.flatnonzero(np.diff(which, prepend=-1))
    place = (np.arange(which.size) - first[which] + generator.random(which.size)) / counts
    places = start + (end - start) * place[:, None]
    places += spread[:, None] * generator.standard_normal((which.size, 3))
    levels = generator.normal(0, _PART_DB, (2, len(parts)))[:, which]
    strength = generator.weibull(_SHAPE, which.size) / gamma(1 + 1 / _SHAPE)
    return AircraftPoints(
        along=places[:, 0],
        across=places[:, 1],
        height=np.maximum(places[:, 2], 0),
        base=strength * 10 ** ((base_db + levels[0]) / 10),
        # Parts of an edge are all in the lobe: none is quite dark.
        flash=(0.3 + 0.7 * strength) * 10 ** ((flash_db + levels[1]) / 10),
        normal=normal,
        width=np.radians(width),
    )
