"""Sensor parameters."""

from dataclasses import dataclass
from math import radians, sin

import numpy as np
from numpy.typing import NDArray
from scipy.signal import windows

SPEED_OF_LIGHT = 299_792_458.0
# Centre frequencies in Hz, of ALOS-2, NovaSAR-1, Sentinel-1, TerraSAR-X and airborne systems.
BANDS = {'L': 1.2575e9, 'S': 3.2e9, 'C': 5.405e9, 'X': 9.65e9, 'Ku': 16.7e9}
WINDOWS = ('rect', 'hamming', 'taylor')


@dataclass(frozen=True)
class Sensor:
    """A side-looking SAR whose images have rows along azimuth and columns along ground range.

    Resolution is the inverse of the processed bandwidth in cycles per metre: with a rectangular
    window the response to a point is 0.886 of it wide at half power.

    Attributes:
        band: One of :data:`BANDS`.
        range_resolution: In ground range, in metres.
        azimuth_resolution: In metres, of one look.
        pixel_spacing: In both directions, in metres; at most the finer resolution.
        looks: Number of independent looks averaged in intensity.
        window: ``rect``, ``hamming`` or ``taylor`` (35 dB sidelobes), over both bandwidths.
        nesz_db: Noise-equivalent sigma nought, in decibels.
        incidence: Angle of incidence, in degrees.
        polarisation: For the metadata.
    """

    band: str = 'X'
    range_resolution: float = 3.3
    azimuth_resolution: float = 3.3
    pixel_spacing: float = 2.5
    looks: int = 3
    window: str = 'taylor'
    nesz_db: float = -22.0
    incidence: float = 35.0
    polarisation: str = 'HH'

    def __post_init__(self) -> None:
        if self.band not in BANDS:
            raise ValueError(f'band={self.band!r}: choose one of {", ".join(BANDS)}')
        if self.window not in WINDOWS:
            raise ValueError(f'window={self.window!r}: choose one of {", ".join(WINDOWS)}')
        if self.looks < 1:
            raise ValueError(f'looks={self.looks}: at least one')
        if not 0 < self.incidence < 90:
            raise ValueError(f'incidence={self.incidence}: degrees between 0 and 90')
        if not 0 < self.pixel_spacing <= min(self.range_resolution, self.azimuth_resolution):
            raise ValueError(
                f'pixel_spacing={self.pixel_spacing}: above zero and at most the resolution, or '
                'the image is undersampled'
            )

    @property
    def wavelength(self) -> float:
        """Wavelength at the centre frequency, in metres."""
        return SPEED_OF_LIGHT / BANDS[self.band]

    @property
    def bandwidth(self) -> float:
        """Bandwidth of the chirp in hertz: c / (2 rho sin(incidence))."""
        return SPEED_OF_LIGHT / (2 * self.range_resolution * sin(radians(self.incidence)))

    def transfer(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Return the transfer function (rows, columns) in the order of numpy's FFT.

        It is scaled so that white noise keeps its power.
        """
        rows = band_window(shape[0], self.pixel_spacing / self.azimuth_resolution, self.window)
        columns = band_window(shape[1], self.pixel_spacing / self.range_resolution, self.window)
        transfer = np.outer(rows, columns)
        return (transfer / np.sqrt(np.mean(transfer**2))).astype(np.float32)


def band_window(size: int, fraction: float, window: str) -> NDArray[np.float64]:
    """Return a window over the middle ``fraction`` of the frequencies, zero outside.

    Args:
        size: Number of frequencies.
        fraction: Processed bandwidth over sampling rate, above 0, at most 1.
        window: One of :data:`WINDOWS`.

    Returns:
        (size,), in the order of numpy's FFT.
    """
    # An odd number of frequencies is symmetric about zero.
    count = max(1, 2 * round((size * fraction - 1) / 2) + 1)
    count = min(count, size - 1 + size % 2)
    if window == 'taylor':
        values = windows.taylor(count, nbar=4, sll=35)
    else:
        values = windows.hamming(count) if window == 'hamming' else np.ones(count)
    result = np.zeros(size)
    result[np.arange(count) - count // 2] = values
    return result
