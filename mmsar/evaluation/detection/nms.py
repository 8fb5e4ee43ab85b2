"""Non-maximum suppression for large scenes, in numpy and double precision."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmsar.evaluation.detection.boxes import areas


def nms(
    boxes: NDArray[np.float64], scores: ArrayLike, labels: ArrayLike, iou_threshold: float
) -> NDArray[np.intp]:
    """Class-wise non-maximum suppression, fast where boxes are spread over a large scene.

    Args:
        boxes: (N, 4).
        scores: (N,). Of equal ones, the first goes first.
        labels: (N,).
        iou_threshold: A box with a larger IoU with a better one that is kept is dropped.

    Returns:
        Numbers of the boxes that are kept, in descending order of scores.
    """
    values, classes = np.asarray(scores), np.asarray(labels)
    kept = np.zeros(len(boxes), np.bool_)
    for label in np.unique(classes):
        members = np.flatnonzero(classes == label)
        kept[members] = _survivors(boxes[members], values[members], iou_threshold)
    order = np.argsort(-values, kind='stable')
    return order[kept[order]]


def _survivors(
    boxes: NDArray[np.float64], scores: NDArray[np.floating], iou_threshold: float
) -> NDArray[np.bool_]:
    # From left to right, those that can touch a box are neighbours.
    by_x = np.argsort(boxes[:, 0], kind='stable')
    x1, y1, x2, y2 = boxes[by_x].T
    area = areas(boxes[by_x])
    first = np.searchsorted(x1, x1 - (x2 - x1).max())
    last = np.searchsorted(x1, x2, side='right')
    place = np.empty_like(by_x)
    place[by_x] = np.arange(len(by_x))
    alive = np.ones(len(boxes), np.bool_)
    for i in place[np.argsort(-scores, kind='stable')]:
        if not alive[i]:
            continue
        near = slice(first[i], last[i])
        width = np.minimum(x2[near], x2[i]) - np.maximum(x1[near], x1[i])
        height = np.minimum(y2[near], y2[i]) - np.maximum(y1[near], y1[i])
        common = np.maximum(width, 0) * np.maximum(height, 0)
        # A better box in here survives this one, or this one would not be alive.
        alive[near] &= common <= iou_threshold * (area[near] + area[i] - common)
        alive[i] = True
    return alive[place]
