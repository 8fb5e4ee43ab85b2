"""Kernel inception distance, on the features of any network."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.evaluation.generation.manifold import require_features
from mmsar.randomness import derive_seed

SUBSETS, SUBSET_SIZE = 100, 100


class KernelDistance(NamedTuple):
    """A kernel distance.

    Attributes:
        mean: Over the subsets; 0 is expected of sets of one distribution, and it may be below.
        standard_error: Of the mean, from the spread of the subsets: how exact it is for these very
            images. How much it depends on the choice of images, the sampling floor shows.
    """

    mean: float
    standard_error: float


def kernel_distance(
    real: NDArray[Any],
    generated: NDArray[Any],
    subsets: int = SUBSETS,
    size: int = SUBSET_SIZE,
    seed: int = 0,
) -> KernelDistance:
    """Return KID: the mean of :func:`squared_mmd` over random subsets.

    Unlike the Frechet distance it is not biased by the number of images, which for radar images is
    small. Its unit is that of the network's features: only values of the same network compare.
    Source: Binkowski, Sutherland, Arbel and Gretton, Demystifying MMD GANs, ICLR 2018.

    Args:
        real: Features (N, D).
        generated: Features (M, D).
        subsets: Their number.
        size: Images of each set in a subset; at most half of the smaller set, so that they differ.
        seed: Of the draws.

    Raises:
        DataError: Features are not finite, their numbers differ, or there are fewer than four
            images.
    """
    require_features(real, generated, 4)
    size = min(size, min(len(real), len(generated)) // 2)
    first, second = (np.asarray(part, np.float64) for part in (real, generated))
    rng = np.random.default_rng(derive_seed('kernel distance', seed))
    values = [
        squared_mmd(*(part[rng.choice(len(part), size, replace=False)] for part in (first, second)))
        for _ in range(subsets)
    ]
    deviation = float(np.std(values, ddof=1)) if subsets > 1 else float('nan')
    return KernelDistance(float(np.mean(values)), deviation / subsets**0.5)


def squared_mmd(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the unbiased squared maximum mean discrepancy, kernel (x . y / D + 1)**3.

    Args:
        x: (N, D), N at least 2.
        y: (M, D), M at least 2.

    Raises:
        DataError: There are fewer.
    """
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise DataError(f'{n} and {m} images: the kernel distance needs two of each at least')
    within_x, within_y, between = (_kernel(a, b) for a, b in ((x, x), (y, y), (x, y)))
    return float(
        (within_x.sum() - np.trace(within_x)) / (n * (n - 1))
        + (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
        - 2 * between.mean()
    )


def _kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)
