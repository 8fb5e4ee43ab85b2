"""Distances between the distributions of amplitudes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.randomness import derive_seed

MOST_PIXELS = 2**20


def draw_pixels(
    images: NDArray[Any], most: int = MOST_PIXELS, seed: int = 0
) -> NDArray[np.float32]:
    """Return pixels of each image, the same number of each, without repetition.

    Args:
        images: (N, H, W).
        most: Pixels of the whole set. If it has no more, all are returned; else the places are
            drawn, the same in all images.
        seed: Of the draw.

    Returns:
        (N, P).
    """
    flat = np.asarray(images, np.float32).reshape(len(images), -1)
    count = max(most // len(images), 1)
    if flat.shape[1] <= count:
        return flat
    rng = np.random.default_rng(derive_seed('pixels', seed))
    return flat[:, np.sort(rng.choice(flat.shape[1], count, replace=False))]


def amplitude_ks(
    real: NDArray[Any], generated: NDArray[Any], most: int = MOST_PIXELS, seed: int = 0
) -> float:
    """Return the largest difference of the cumulative distributions of amplitudes, 0 to 1.

    The statistic of Kolmogorov and Smirnov. Its usual p-value is not for images, whose pixels are
    not independent: compare with the sampling floor.

    Args:
        real: (N, ...).
        generated: (M, ...).
        most: Larger sets are drawn from, see :func:`draw_pixels`.
        seed: Of the draw.
    """
    first, second = (np.sort(draw_pixels(s, most, seed).ravel()) for s in (real, generated))
    # Between two neighbouring values of both sets nothing changes; to the right of each is enough.
    gaps = [
        np.abs(_share(first, values) - _share(second, values)).max() for values in (first, second)
    ]
    return float(max(gaps))


def amplitude_wasserstein(
    real: NDArray[Any], generated: NDArray[Any], most: int = MOST_PIXELS, seed: int = 0
) -> float:
    """Return the mean shift from one distribution of amplitudes to the other, scaled.

    The 1-Wasserstein distance over the standard deviation of the real pixels: 1 is a shift of all
    pixels by one deviation. (It is ``scipy.stats.wasserstein_distance``; sets of the same number of
    pixels are compared value by value in their order.)

    Args:
        real: (N, ...).
        generated: (M, ...).
        most: See :func:`amplitude_ks`.
        seed: Likewise.

    Raises:
        DataError: All real pixels are equal.
    """
    first, second = (np.sort(draw_pixels(s, most, seed).ravel()) for s in (real, generated))
    deviation = float(first.std(dtype=np.float64))
    if deviation == 0:
        raise DataError('all real pixels have the same value: they are no images')
    if first.size == second.size:
        return float(np.abs(first - second).mean(dtype=np.float64)) / deviation
    from scipy.stats import wasserstein_distance

    return float(wasserstein_distance(first, second)) / deviation


def _share(values: NDArray[Any], limits: NDArray[Any]) -> NDArray[np.float64]:
    """Return which share of sorted values is at most each limit."""
    return np.searchsorted(values, limits, side='right') / values.size
