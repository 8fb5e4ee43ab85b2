"""The spectrum of a scene, sampled on a rectangular grid of wave numbers: an image in the making.

Wave numbers are 2 f / c in range and that times the tangent of the angle across, in cycles per
metre. The extents of the grid are the resolution, its steps the extent of the image.
"""

from dataclasses import dataclass, replace
from math import radians
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.simulation.isar.radar import ISARRadar, require_central
from mmsar.simulation.sensor import SPEED_OF_LIGHT


@dataclass(frozen=True)
class SceneSpectrum:
    """Samples of the spectrum of a scene.

    Attributes:
        values: (range, cross-range), complex; the middle of both axes is the centre of the band.
        steps: Between samples of both axes, in cycles per metre.
        area: Share of the samples of a higher resolution that these are the central part of.
    """

    values: NDArray[Any]
    steps: tuple[float, float]
    area: float = 1.0

    @property
    def resolution(self) -> tuple[float, float]:
        """In range and cross-range, in metres."""
        rows, columns = self.values.shape
        return 1 / (rows * self.steps[0]), 1 / (columns * self.steps[1])

    @property
    def extent(self) -> tuple[float, float]:
        """Of an image without ambiguity, in range and cross-range, in metres."""
        return 1 / self.steps[0], 1 / self.steps[1]

    def central(self, scale: int) -> 'SceneSpectrum':
        """Return the central part: a radar of less bandwidth and a shorter aperture.

        Raises:
            ConfigError: The samples have no such part.
        """
        sizes = [
            require_central(count, scale, f'the {axis} samples of the spectrum: their number')
            for axis, count in zip(('range', 'cross-range'), self.values.shape, strict=True)
        ]
        first = [(n - m) // 2 for n, m in zip(self.values.shape, sizes, strict=True)]
        part = self.values[first[0] : first[0] + sizes[0], first[1] : first[1] + sizes[1]]
        return replace(self, values=part, area=self.area / scale**2)

    def trimmed(self, multiple: int) -> 'SceneSpectrum':
        """Return the central part whose sizes are multiples of a number, as large as possible.

        Raises:
            ConfigError: There are fewer samples.
        """
        values = self.values
        for axis, count in enumerate(values.shape):
            size = count // multiple * multiple
            if not size:
                raise ConfigError(
                    f'the spectrum has {count} samples along axis {axis}, and {multiple} at least '
                    'are needed'
                )
            # Those of another parity would be half a sample off the middle, which is a phase.
            first = (count - size) // 2
            values = np.take(values, range(first, first + size), axis)
        return replace(self, values=values)


def range_doppler_spectrum(history: NDArray[Any], radar: ISARRadar) -> SceneSpectrum:
    """Take the phase history for the spectrum, as range-Doppler imaging does.

    That holds for small angles: points at a distance of y metres across range move by y times the
    aperture through range, and are blurred where that is more than the resolution. Polar-format
    imaging (:func:`mmsar.simulation.isar.polar_spectrum`) takes account of it.

    Args:
        history: (frequencies, angles).
        radar: What was sampled.
    """
    return SceneSpectrum(
        history,
        (
            2 * radar.bandwidth / radar.frequencies / SPEED_OF_LIGHT,
            2 * radians(radar.aperture) / radar.angles / radar.wavelength,
        ),
    )
