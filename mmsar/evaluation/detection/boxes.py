"""Overlaps of boxes (x1, y1, x2, y2), in double precision."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.floating[Any]]


def areas(boxes: Boxes) -> NDArray[np.float64]:
    """Return the areas (N,) of boxes (N, 4); 0 where a side is not positive."""
    sides = np.maximum(boxes[:, 2:].astype(np.float64) - boxes[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def intersections(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the common areas (N, M) of boxes (N, 4) and others (M, 4)."""
    a, b = (np.asarray(array, np.float64) for array in (boxes, others))
    sides = [
        np.minimum(a[:, None, high], b[:, high]) - np.maximum(a[:, None, low], b[:, low])
        for low, high in ((0, 2), (1, 3))
    ]
    return np.maximum(sides[0], 0) * np.maximum(sides[1], 0)


def iou_matrix(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return intersection over union (N, M); 0 where both boxes are empty."""
    common = intersections(boxes, others)
    union = areas(boxes)[:, None] + areas(others) - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)


def coverage_matrix(boxes: Boxes, regions: Boxes) -> NDArray[np.float64]:
    """Return the part (N, M) of each box that is in each region; 0 for an empty box."""
    common = intersections(boxes, regions)
    whole = np.broadcast_to(areas(boxes)[:, None], common.shape)
    return np.divide(common, whole, out=np.zeros_like(common), where=whole > 0)
