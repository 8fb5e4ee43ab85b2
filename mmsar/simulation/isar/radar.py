"""An inverse SAR: its frequencies, and the angles that the target turns through."""

from dataclasses import dataclass, replace
from math import radians

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.simulation.sensor import SPEED_OF_LIGHT


@dataclass(frozen=True)
class ISARRadar:
    """What is sampled: stepped frequencies, at equal steps of the target's rotation.

    The resolution is ``c / 2B`` in range and ``wavelength / (2 aperture)`` across it: with a
    rectangular window a point is 0.886 of it wide at half power. The steps set the extent of the
    scene, beyond which it wraps around.

    Attributes:
        centre_frequency: In hertz.
        bandwidth: In hertz: number of frequencies times their step.
        aperture: In degrees: number of angles times their step.
        frequencies: Number of frequencies.
        angles: Number of angles.

    Raises:
        ConfigError: A number is out of range.
    """

    centre_frequency: float = 16.7e9
    bandwidth: float = 1.1e9
    aperture: float = 3.8
    frequencies: int = 136
    angles: int = 136

    def __post_init__(self) -> None:
        if not 0 < self.bandwidth < self.centre_frequency:
            raise ConfigError(
                f'ISARRadar: bandwidth={self.bandwidth:g} must be above zero and below '
                f'centre_frequency={self.centre_frequency:g}, both in hertz'
            )
        if not 0 < self.aperture < 90:
            raise ConfigError(f'ISARRadar: aperture={self.aperture} must be degrees from 0 to 90')
        for name in ('frequencies', 'angles'):
            if getattr(self, name) < 2:
                raise ConfigError(f'ISARRadar: {name}={getattr(self, name)}; give two at least')

    @property
    def wavelength(self) -> float:
        """At the centre frequency, in metres."""
        return SPEED_OF_LIGHT / self.centre_frequency

    @property
    def resolution(self) -> tuple[float, float]:
        """In range and cross-range, in metres."""
        return (
            SPEED_OF_LIGHT / (2 * self.bandwidth),
            self.wavelength / (2 * radians(self.aperture)),
        )

    @property
    def extent(self) -> tuple[float, float]:
        """Of the scene without ambiguity, in range and cross-range, in metres."""
        return self.resolution[0] * self.frequencies, self.resolution[1] * self.angles

    def frequency_axis(self) -> NDArray[np.float64]:
        """Return the frequencies in hertz, symmetric about the centre."""
        return self.centre_frequency + _centred(self.frequencies) * (
            self.bandwidth / self.frequencies
        )

    def angle_axis(self) -> NDArray[np.float64]:
        """Return the angles in radians, symmetric about zero."""
        return _centred(self.angles) * (radians(self.aperture) / self.angles)

    def central(self, scale: int) -> 'ISARRadar':
        """Return the radar that has the central part of both: the same steps, ``scale`` coarser.

        Raises:
            ConfigError: The numbers of samples do not allow it.
        """
        for name in ('frequencies', 'angles'):
            require_central(getattr(self, name), scale, f'ISARRadar: {name}')
        return replace(
            self,
            bandwidth=self.bandwidth / scale,
            aperture=self.aperture / scale,
            frequencies=self.frequencies // scale,
            angles=self.angles // scale,
        )


def require_central(count: int, scale: int, name: str) -> int:
    """Return how many of ``count`` samples stay at the lower resolution.

    Raises:
        ConfigError: They cannot be in the middle of the others.
    """
    if scale < 1 or count % scale or (count - count // scale) % 2:
        near = next(n for n in range(count, 0, -1) if _divides(n, max(scale, 1)))
        raise ConfigError(
            f'{name}={count} has no central part at scale={scale}: it must be a multiple of the '
            f'scale, and leave as many samples on either side; {near} would do'
        )
    return count // scale


def _divides(count: int, scale: int) -> bool:
    return count % scale == 0 and (count - count // scale) % 2 == 0


def _centred(count: int) -> NDArray[np.float64]:
    return np.arange(count, dtype=np.float64) - (count - 1) / 2
