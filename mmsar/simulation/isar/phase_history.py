"""The phase history of points: what an inverse SAR receives of a turning target.

Turntable model after the translation is compensated, far field, first Born approximation:
S(f, theta) = sum of a exp(-j 4 pi f / c (x cos theta + y sin theta)). Source: Chen and Martorella,
Inverse Synthetic Aperture Radar Imaging, 2014, chapter 2.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.simulation.isar.radar import ISARRadar
from mmsar.simulation.sensor import SPEED_OF_LIGHT


def phase_history(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    amplitudes: NDArray[Any],
    radar: ISARRadar,
    dtype: Any = np.complex128,
) -> NDArray[Any]:
    """Return what points send back, exactly, without the approximation of small angles.

    Args:
        x: (N,), away from the radar, in metres; the target turns about the origin.
        y: (N,), across, in metres.
        amplitudes: (N,), complex: the square root of the cross section, and a phase.
        radar: What is sampled.
        dtype: complex64 is three times as fast, at 1e-5 of the largest value.

    Returns:
        (frequencies, angles).
    """
    angles, frequencies = radar.angle_axis(), radar.frequency_axis()
    delay = (4 * np.pi / SPEED_OF_LIGHT) * (
        np.outer(np.cos(angles), x) + np.outer(np.sin(angles), y)
    )
    # A frequency is a coarse and a fine step, so its exponential is a product of two: tables of
    # both are short, and the sum over points is a matrix product for each angle.
    fine = max(1, round(math.sqrt(len(frequencies))))
    coarse = -(-len(frequencies) // fine)
    step = frequencies[1] - frequencies[0]
    first = np.exp(-1j * frequencies[0] * delay) * np.asarray(amplitudes)
    left = _powers(first, np.exp(-1j * (fine * step) * delay), coarse, dtype)
    right = _powers(np.ones_like(first), np.exp(-1j * step * delay), fine, dtype)
    values = left @ right.transpose(0, 2, 1)
    return values.reshape(len(angles), coarse * fine)[:, : len(frequencies)].T.copy()


def add_noise(history: NDArray[Any], snr_db: float, generator: np.random.Generator) -> NDArray[Any]:
    """Add white complex noise of the receiver.

    Args:
        history: (frequencies, angles).
        snr_db: Mean power of the signal over that of the noise, of a sample; imaging adds
            10 log10(number of samples) for a point.
        generator: Source of the noise.

    Raises:
        DataError: There is no signal to compare with.
    """
    power = float(np.mean(np.square(np.abs(history))))
    if not (power > 0 and math.isfinite(snr_db)):
        raise DataError(
            f'noise of snr_db={snr_db} cannot be added to a phase history of mean power {power}: '
            'no scatterer is seen, or the number is not finite'
        )
    deviation = math.sqrt(power / 2) * 10 ** (-snr_db / 20)
    real = history.real.dtype
    noise = generator.standard_normal((*history.shape, 2), real) * real.type(deviation)
    return history + noise.view(history.dtype)[..., 0]


def _powers(start: NDArray[Any], factor: NDArray[Any], count: int, dtype: Any) -> NDArray[Any]:
    """Return ``start * factor**n`` of (A, N) for n below ``count``, as (A, count, N)."""
    table = np.empty((start.shape[0], count, start.shape[1]), dtype)
    table[:, 0] = start
    factor = factor.astype(dtype)
    for number in range(1, count):
        np.multiply(table[:, number - 1], factor, out=table[:, number])
    return table
