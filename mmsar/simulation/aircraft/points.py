"""Scattering points of an aircraft, with the lobes in which they flash."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Lobes are as wide as given at this wavelength, in metres (X band), and widen with it.
_REFERENCE_WAVELENGTH = 0.0311


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

    @staticmethod
    def join(parts: list['AircraftPoints']) -> 'AircraftPoints':
        """Return the points of several parts."""
        names = [field.name for field in fields(AircraftPoints)]
        return AircraftPoints(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))

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


def line(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    base_db: float,
    flash_db: float,
    normal: float,
    width: float,
    generator: np.random.Generator,
    step: float = 1.0,
) -> AircraftPoints:
    """Draw points along a line, about one every ``step`` metres.

    Strengths are exponentially distributed about ``base_db`` and, in the lobe, ``flash_db``: dB
    above a square metre for each point. The line as a whole is stronger or weaker by some dB.

    Args:
        start: Along, across, height, in metres.
        end: Likewise.
        base_db: From any side.
        flash_db: In the lobe.
        normal: See :class:`AircraftPoints`.
        width: Of the lobe, in degrees.
        generator: Source of all random numbers.
        step: In metres.
    """
    first, last = np.asarray(start, float), np.asarray(end, float)
    count = max(1, round(float(np.linalg.norm(last - first)) / step))
    place = (np.arange(count) + generator.random(count)) / count
    along, across, height = first[:, None] + (last - first)[:, None] * place
    part = 10 ** (generator.normal(0, 2.5, 2) / 10)
    strength = generator.exponential(1.0, count)
    return AircraftPoints(
        along, across, height,
        base=strength * part[0] * 10 ** (base_db / 10),
        flash=(0.3 + 0.7 * strength) * part[1] * 10 ** (flash_db / 10),
        normal=np.full(count, normal),
        width=np.full(count, np.radians(width)),
    )  # fmt: skip


def cluster(
    centre: tuple[float, float, float],
    spread: float,
    count: int,
    base_db: float,
    generator: np.random.Generator,
    flash_db: float = -99.0,
    normal: float = np.nan,
    width: float = 40.0,
) -> AircraftPoints:
    """Draw some points around a place; levels are of all together. See :func:`line`."""
    offsets = generator.normal(0, spread, (3, count))
    part = 10 ** (generator.normal(0, 2.5, 2) / 10)
    strength = generator.exponential(1.0, count) / count
    return AircraftPoints(
        centre[0] + offsets[0], centre[1] + offsets[1], np.maximum(centre[2] + offsets[2], 0),
        base=strength * part[0] * 10 ** (base_db / 10),
        flash=strength * part[1] * 10 ** (flash_db / 10),
        normal=np.full(count, normal),
        width=np.full(count, np.radians(width)),
    )  # fmt: skip
