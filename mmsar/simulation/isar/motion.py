"""What the compensation of the target's translation leaves over."""

import numpy as np
from numpy.typing import NDArray

from mmsar.simulation.isar.radar import ISARRadar
from mmsar.simulation.sensor import SPEED_OF_LIGHT


def residual_motion(
    radar: ISARRadar,
    quadratic: float = 0.0,
    cubic: float = 0.0,
    jitter: float = 0.0,
    generator: np.random.Generator | None = None,
) -> NDArray[np.float64]:
    """Return how far the target is from where it should be, at each angle.

    Args:
        radar: What is sampled.
        quadratic: Phase at the ends of the aperture, in radians at the centre frequency: it
            defocuses across range.
        cubic: Likewise, of opposite signs at the two ends: one-sided sidelobes.
        jitter: Standard deviation from angle to angle, in radians: a floor of noise.
        generator: Source of the jitter, needed if there is one.

    Returns:
        (angles,), in metres away from the radar.
    """
    place = np.linspace(-1, 1, radar.angles)
    phase = quadratic * place**2 + cubic * place**3
    if jitter:
        if generator is None:
            raise ValueError('residual_motion: jitter needs a generator')
        phase = phase + generator.normal(0, jitter, radar.angles)
    return phase * radar.wavelength / (4 * np.pi)


def move(
    history: NDArray[np.complexfloating], radar: ISARRadar, distance: NDArray[np.float64]
) -> NDArray[np.complexfloating]:
    """Move the target away from the radar, by (angles,) metres: its phase and its envelope."""
    phases = (4 * np.pi / SPEED_OF_LIGHT) * np.outer(radar.frequency_axis(), distance)
    return (history * np.exp(-1j * phases)).astype(history.dtype)
