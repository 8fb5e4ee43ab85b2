"""Resolution and sidelobes: power spectra."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.models.losses.high_frequency import high_pass_mask

CUTOFF = 0.125
_FLOOR = 1e-12  # of the power of an image in a ring, so that its decibels are finite
_PIXELS = 2**21


class Spectra(NamedTuple):
    """Power spectra of images, without their directions.

    Attributes:
        frequency: Of the rings, in cycles a pixel, (R,), below 0.5.
        power: Mean power of the frequencies in each ring over the mean power of all, (N, R).
        high: Share of the energy from the cutoff on, (N,), 0 to 1.
    """

    frequency: NDArray[np.float64]
    power: NDArray[np.float64]
    high: NDArray[np.float64]


def radial_spectra(images: NDArray[Any], cutoff: float = CUTOFF) -> Spectra:
    """Return the power spectrum of each image, averaged over rings one frequency bin wide.

    Amplitudes are taken off their mean and weighted by a Hann window, without which the jump from
    one border to the other looks like high frequencies. Each image is divided by its power, so that
    neither gain nor contrast counts, nor bright images for more than others.

    Args:
        images: Amplitudes (N, H, W).
        cutoff: In cycles a pixel; those beyond it (also towards the corners, up to 0.71) are high,
            as for :class:`mmsar.HighFrequencyLoss`.

    Raises:
        DataError: The images are smaller than 4 x 4.
    """
    rows, columns = images.shape[1:]
    if min(rows, columns) < 4:
        raise DataError(f'spectra need images of 4 x 4 pixels at least, not {rows} x {columns}')
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in (rows, columns)))
    down, right = (np.fft.fftfreq(side) for side in (rows, columns))
    radius = np.hypot(down[:, None], right)
    ring = (radius * min(rows, columns)).astype(np.int64)
    inside = (radius < 0.5) & (ring > 0)
    size = np.bincount(ring[inside])[1:]
    frequency = np.bincount(ring[inside], radius[inside])[1:] / size
    high = high_pass_mask(rows, columns, cutoff).numpy()
    # Sums over rings as one product; the last column sums the high frequencies.
    sums = np.zeros((rows * columns, len(size) + 1))
    sums[np.flatnonzero(inside), ring[inside] - 1] = 1
    sums[np.flatnonzero(high), -1] = 1
    found = []
    per_chunk = max(_PIXELS // (rows * columns), 1)
    for start in range(0, len(images), per_chunk):
        part = np.asarray(images[start : start + per_chunk], np.float64)
        mean = (part * window).sum(axis=(1, 2), keepdims=True) / window.sum()
        power = np.abs(np.fft.fft2((part - mean) * window)) ** 2
        power = power.reshape(len(part), -1)
        found.append(power @ sums / power.sum(axis=1, keepdims=True))
    shares = np.concatenate(found)
    return Spectra(frequency, shares[:, :-1] * (rows * columns - 1) / size, shares[:, -1])


def spectrum_distance(real: NDArray[np.float64], generated: NDArray[np.float64]) -> float:
    """Return the distance of two mean spectra in dB, root mean square over the rings.

    Args:
        real: (N, R), of :func:`radial_spectra`.
        generated: (M, R).
    """
    levels = [spectrum_db(power) for power in (real, generated)]
    return float(np.sqrt(np.mean((levels[0] - levels[1]) ** 2)))


def spectrum_db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean spectrum of a set (N, R) in dB, (R,), at least -120."""
    return np.asarray(10 * np.log10(np.maximum(power.mean(axis=0), _FLOOR)))


def high_frequency_ratio(
    real: NDArray[Any], generated: NDArray[Any], cutoff: float = CUTOFF
) -> float:
    """Return the share of high frequencies in generated images over that in real ones.

    Args:
        real: Amplitudes (N, H, W).
        generated: Amplitudes (M, h, w).
        cutoff: In cycles a pixel.
    """
    shares = [radial_spectra(images, cutoff).high.mean() for images in (real, generated)]
    return float(shares[1] / shares[0])
