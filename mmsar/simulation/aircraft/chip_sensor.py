"""The two sensors that take chips of aircraft, and what their images are known by."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.signal import windows

from mmsar.simulation.sensor import Sensor

_SAMPLES = 2048  # of a window across its band


@dataclass(frozen=True)
class ChipSensor:
    """A SAR by the properties of its images.

    Attributes:
        key: Name of it in commands.
        title: Name of it in text.
        band: See :class:`mmsar.simulation.Sensor`.
        resolution: Width of a point at half power, along azimuth and ground range, in metres.
        looks: Number of independent looks averaged in intensity, each at this resolution.
        window: See :class:`mmsar.simulation.Sensor`; it makes the sidelobes.
        nesz_db: Noise-equivalent sigma nought, in decibels.
        incidence: Angle of incidence, in degrees.
        apron_db: Mean backscatter of concrete, sigma nought in decibels.
        grass_db: Of grass.
        body_db: Of the skin of an aircraft between its scattering points.
    """

    key: str
    title: str
    band: str
    resolution: float
    looks: int
    window: str
    nesz_db: float
    incidence: float
    apron_db: float
    grass_db: float
    body_db: float

    @property
    def bandwidth(self) -> float:
        """Processed bandwidth in both directions, in cycles per metre."""
        return half_power_width(self.window) / self.resolution

    def oversampling(self, spacing: float) -> int:
        """Return by which factor the complex image is sampled finer than a chip of a spacing."""
        return max(1, ceil(spacing * self.bandwidth))

    def sampled(self, spacing: float) -> 'ExactSensor':
        """Return the sensor of the complex image below a chip whose spacing is in metres."""
        return ExactSensor(
            band=self.band,
            range_resolution=1 / self.bandwidth,
            azimuth_resolution=1 / self.bandwidth,
            pixel_spacing=spacing / self.oversampling(spacing),
            looks=self.looks,
            window=self.window,
            nesz_db=self.nesz_db,
            incidence=self.incidence,
        )


@dataclass(frozen=True)
class ExactSensor(Sensor):
    """A sensor whose bandwidth is exact on grids of any size, however small."""

    def transfer(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Return the transfer function; see :meth:`Sensor.transfer`."""
        rows = _exact_window(shape[0], self.pixel_spacing / self.azimuth_resolution, self.window)
        columns = _exact_window(shape[1], self.pixel_spacing / self.range_resolution, self.window)
        transfer = np.outer(rows, columns)
        return (transfer / np.sqrt(np.mean(transfer**2))).astype(np.float32)


# As TerraSAR-X in its high-resolution spotlight mode, and as Fucheng-1 in stripmap mode.
X_BAND_1M = ChipSensor(
    'x1m', 'SAR1, X band, 1 m', 'X', resolution=1.0, looks=1, window='taylor', nesz_db=-24.0,
    incidence=45.0, apron_db=-20.0, grass_db=-12.0, body_db=-19.0,
)  # fmt: skip
C_BAND_3M = ChipSensor(
    'c3m', 'SAR2, C band, 3 m', 'C', resolution=3.0, looks=4, window='rect', nesz_db=-16.0,
    incidence=38.0, apron_db=-19.0, grass_db=-14.0, body_db=-18.0,
)  # fmt: skip
CHIP_SENSORS = {sensor.key: sensor for sensor in (X_BAND_1M, C_BAND_3M)}


@lru_cache
def half_power_width(window: str) -> float:
    """Return the width of a point at half power, in units of the inverse bandwidth."""
    weights = _weights(window)
    place = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5

    def excess(offset: float) -> float:
        response = np.sum(weights * np.cos(2 * np.pi * place * offset)) / weights.sum()
        return float(response**2 - 0.5)

    return 2 * float(brentq(excess, 0.0, 1.0))


def _weights(window: str) -> NDArray[np.float64]:
    if window == 'taylor':
        return windows.taylor(_SAMPLES, nbar=4, sll=35)
    return windows.hamming(_SAMPLES) if window == 'hamming' else np.ones(_SAMPLES)


@lru_cache
def _exact_window(size: int, fraction: float, window: str) -> NDArray[np.float64]:
    """Return a window over the middle of the frequencies, as :func:`band_window` does.

    The outermost frequencies count by the share of them that lies within the band.
    """
    frequency = np.abs(np.fft.fftfreq(size)) * size
    band = size * fraction
    place = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    values = np.interp(np.minimum(frequency / band, 0.5), place, _weights(window))
    return values * np.clip(band / 2 - frequency + 0.5, 0, 1)
