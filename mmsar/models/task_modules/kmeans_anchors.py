"""Anchors that fit the boxes of a data set: k-means with the IoU as the measure.

Source: Redmon and Farhadi, YOLO9000: Better, Faster, Stronger, CVPR 2017, section 2 (dimension
clusters). Seeding: Arthur and Vassilvitskii, k-means++, SODA 2007, with the distance 1 - IoU.
"""

import numpy as np
from numpy.typing import NDArray

Sizes = NDArray[np.float64]

_PATIENCE = 10  # steps without a better mean IoU


def size_iou(sizes: Sizes, anchors: Sizes) -> Sizes:
    """Return the IoU of boxes and anchors that share their centre.

    Args:
        sizes: (N, 2), width and height in pixels.
        anchors: (K, 2), likewise.

    Returns:
        (N, K).
    """
    overlap = np.minimum(sizes[:, :1], anchors[:, 0]) * np.minimum(sizes[:, 1:], anchors[:, 1])
    return overlap / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1) - overlap)


def kmeans_anchors(sizes: Sizes, num: int, seed: int = 0, restarts: int = 10) -> Sizes:
    """Cluster box sizes.

    Args:
        sizes: (N, 2), width and height in pixels, above zero.
        num: Number of anchors; at most the number of different sizes.
        seed: Of the starting points.
        restarts: Starts, of which the one with the best mean IoU is kept.

    Returns:
        (num, 2), smallest area first.

    Raises:
        ValueError: There are fewer different sizes than anchors.
    """
    different = len(np.unique(sizes, axis=0))
    if different < num:
        raise ValueError(f'{num} anchors from boxes of {different} different sizes')
    generator = np.random.default_rng(seed)
    runs = [_cluster(sizes, _spread(sizes, num, generator)) for _ in range(restarts)]
    _, anchors = max(runs, key=lambda run: run[0])
    return anchors[np.argsort(anchors.prod(axis=1), kind='stable')]


def _spread(sizes: Sizes, num: int, generator: np.random.Generator) -> Sizes:
    """Draw starting points, each with a chance that grows with its distance to the former."""
    chosen = sizes[generator.integers(len(sizes))][None]
    while len(chosen) < num:
        distance = 1 - size_iou(sizes, chosen).max(axis=1)
        # A size that is taken already has the distance 0, up to rounding.
        distance[distance < 1e-12] = 0
        next_one = generator.choice(len(sizes), p=distance / distance.sum())
        chosen = np.vstack([chosen, sizes[next_one]])
    return chosen


def _cluster(sizes: Sizes, anchors: Sizes) -> tuple[float, Sizes]:
    """Assign and average in turn; return the best mean IoU on the way, and its anchors.

    The average is not what maximises the IoU, so a step can make it worse.
    """
    best = (-1.0, anchors)
    former = np.full(len(sizes), -1)
    waited = 0
    while waited < _PATIENCE:
        iou = size_iou(sizes, anchors)
        nearest = iou.argmax(axis=1)
        mean = float(iou[np.arange(len(iou)), nearest].mean())
        waited = 0 if mean > best[0] else waited + 1
        best = max(best, (mean, anchors), key=lambda run: run[0])
        if (nearest == former).all():
            break
        former = nearest
        counts = np.bincount(nearest, minlength=len(anchors))[:, None]
        sums = [np.bincount(nearest, sizes[:, side], len(anchors)) for side in (0, 1)]
        # An anchor that is nearest to no box stays where it is.
        anchors = np.where(counts, np.stack(sums, axis=1) / np.maximum(counts, 1), anchors)
    return best
