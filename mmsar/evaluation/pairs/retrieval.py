"""Finding the partner of an image among all images of the other sensor."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

_CHUNK = 512  # queries at a time: 16 MB for 4,000 images


def recall_at(
    queries: NDArray[Any],
    gallery: NDArray[Any],
    partners: NDArray[np.intp],
    ks: Sequence[int],
) -> list[float]:
    """Return the share of queries whose partner is among the k nearest, for each k.

    Of images at the same distance as the partner, any may come first: a query counts with the
    probability that the partner is among the k. So a network that gives all images one code
    scores k / M, not 1.

    Args:
        queries: (Q, n), codes.
        gallery: (M, n), codes of the other sensor.
        partners: (Q,), number of each query's partner in the gallery.
        ks: Numbers of images looked at.

    Returns:
        One share for each k; NaN without queries.
    """
    if not len(queries):
        return [float('nan')] * len(ks)
    nearer, tied = (
        np.concatenate(counts) for counts in zip(*_ranks(queries, gallery, partners), strict=True)
    )
    return [float(np.clip((k - nearer) / (tied + 1), 0, 1).mean()) for k in ks]


def _ranks(
    queries: NDArray[Any], gallery: NDArray[Any], partners: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield, for some queries at a time, the numbers of images nearer than and as near as theirs.

    The distances are sums of squares of differences. By the product of the matrices they would be
    no faster for codes this short, and rounding would part images that are equally near.
    """
    images = np.asarray(gallery, np.float64)
    for start in range(0, len(queries), _CHUNK):
        codes = np.asarray(queries[start : start + _CHUNK], np.float64)
        squared = cdist(codes, images, 'sqeuclidean')
        own = np.take_along_axis(squared, partners[start : start + _CHUNK, None], 1)
        yield (squared < own).sum(1), (squared == own).sum(1) - 1
