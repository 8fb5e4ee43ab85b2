"""Texture: grey-level co-occurrence matrices."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError

PROPERTIES = ('contrast', 'homogeneity', 'energy', 'correlation')
LEVELS, DISTANCES = 32, (1, 2)
_DIRECTIONS = ((0, 1), (-1, 1), (-1, 0), (-1, -1))  # 0, 45, 90 and 135 degrees
_PIXELS = 2**22


def quantisation_edges(real: NDArray[Any], levels: int = LEVELS) -> NDArray[np.float64]:
    """Return the bounds of levels that hold equally many pixels of the real images.

    Linear levels would leave the ground of a radar image, with a few bright targets in it, to two
    or three of them. One set of bounds is for all sets of images that are compared.

    Args:
        real: (N, ...).
        levels: Their number.

    Returns:
        (levels - 1,), increasing, but equal where many pixels have one value.

    Raises:
        ConfigError: Fewer than two levels, or more than 256.
    """
    if not 2 <= levels <= 256:
        raise ConfigError(f'levels={levels} of co-occurrence matrices; give 2 to 256')
    return np.quantile(np.asarray(real, np.float64), np.arange(1, levels) / levels)


def glcm_features(
    images: NDArray[Any], edges: NDArray[np.float64], distances: Sequence[int] = DISTANCES
) -> NDArray[np.float64]:
    """Return properties of the co-occurrence matrices of each image.

    p(i, j) is how often levels i and j are neighbours, either way round, at a distance (in rows and
    columns, also diagonally) and in one direction:

    * contrast, sum of p (i - j)**2;
    * homogeneity, sum of p / (1 + (i - j)**2);
    * energy, square root of the sum of p**2;
    * correlation, sum of p (i - mean)(j - mean) / variance; 1 for an image within one level.

    Means over the four directions. Source: Haralick, Shanmugam and Dinstein, IEEE Trans. SMC 3(6),
    1973, with the names and formulas of scikit-image's ``graycoprops``.

    Args:
        images: (N, H, W).
        edges: From :func:`quantisation_edges`.
        distances: In pixels, each less than the sides.

    Returns:
        (N, distances, 4), in the order of :data:`PROPERTIES`.

    Raises:
        ConfigError: A distance is out of range.
    """
    if not distances or min(distances) < 1 or max(distances) >= min(images.shape[1:]):
        raise ConfigError(
            f'distances={tuple(distances)} of co-occurrence matrices; give numbers from 1 to below '
            f'the sides of the images, {images.shape[1]} x {images.shape[2]}'
        )
    count = len(edges) + 1
    per_chunk = max(_PIXELS // max(images[0].size, count**2), 1)
    found = []
    for start in range(0, len(images), per_chunk):
        levels = np.searchsorted(edges, images[start : start + per_chunk], side='right')
        by_distance = [
            np.mean([_properties(p) for p in _matrices(levels, distance, count)], axis=0)
            for distance in distances
        ]
        found.append(np.stack(by_distance, axis=1))
    return np.concatenate(found)


def glcm_differences(
    real: NDArray[np.float64], generated: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the difference of means over the standard deviation between real images.

    Args:
        real: (N, distances, 4), of :func:`glcm_features`.
        generated: (M, distances, 4).

    Returns:
        (distances, 4), positive where generated images have more.

    Raises:
        DataError: All real images have the same, or there is only one.
    """
    if len(real) < 2:
        raise DataError('one real image is too few for a deviation between images')
    deviation = real.std(axis=0, ddof=1)
    if not (deviation > 0).all():
        raise DataError(
            'all real images have the same co-occurrence matrix: they are copies of one another, '
            'or have two values only'
        )
    return (generated.mean(axis=0) - real.mean(axis=0)) / deviation


def _matrices(levels: NDArray[Any], distance: int, count: int) -> Iterator[NDArray[np.float64]]:
    """Yield the symmetric matrices (N, L, L) of images (N, H, W), one for each direction."""
    number, rows, columns = levels.shape
    owner = np.arange(number)[:, None, None] * count**2
    for down, right in _DIRECTIONS:
        down, right = down * distance, right * distance
        row, column = max(0, -down), max(0, -right)
        end_row, end_column = rows - max(0, down), columns - max(0, right)
        first = levels[:, row:end_row, column:end_column]
        second = levels[:, row + down : end_row + down, column + right : end_column + right]
        pairs = np.bincount((owner + first * count + second).ravel(), minlength=number * count**2)
        matrix = pairs.reshape(number, count, count).astype(np.float64)
        matrix += matrix.transpose(0, 2, 1)
        yield matrix / matrix.sum(axis=(1, 2), keepdims=True)


def _properties(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the properties (N, 4) of matrices (N, L, L)."""
    level = np.arange(p.shape[1])
    square = (level[:, None] - level) ** 2
    marginal = p.sum(axis=2)
    mean = marginal @ level
    centred = level - mean[:, None]
    variance = (marginal * centred**2).sum(axis=1)
    covariance = np.einsum('nij,ni,nj->n', p, centred, centred, optimize=True)
    flat = variance < 1e-12
    return np.stack(
        [
            (p * square).sum(axis=(1, 2)),
            (p / (1 + square)).sum(axis=(1, 2)),
            np.sqrt((p**2).sum(axis=(1, 2))),
            np.where(flat, 1.0, covariance / np.where(flat, 1.0, variance)),
        ],
        axis=1,
    )
