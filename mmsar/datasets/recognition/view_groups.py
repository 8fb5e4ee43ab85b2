"""Finding the images that are flips or rotations of one another."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsar.io import read_raster

_PIXELS = 16
_BATCH = 512


def group_views(paths: Sequence[str], limit: float = 0.95) -> list[int]:
    """Group images that show one image in any of its eight views: flips and turns by 90 degrees.

    Images are compared as thumbnails without their mean. Views of views are of one group.

    Args:
        paths: Of images with one band or equal ones.
        limit: Correlation above which two images are views of one.

    Returns:
        The group of each image: the place of its first image.
    """
    if not paths:
        return []
    small = np.stack([_thumbnail(path) for path in paths])  # (N, S, S)
    flat = _normalised(small)
    parent = np.arange(len(paths))
    for turned in _views(small):
        views = _normalised(turned)
        for begin in range(0, len(paths), _BATCH):
            found = views[begin : begin + _BATCH] @ flat.T > limit
            for first, second in zip(*np.nonzero(found), strict=True):
                _join(parent, int(first) + begin, int(second))
    return [_root(parent, place) for place in range(len(paths))]


def _thumbnail(path: str) -> NDArray[np.float32]:
    array, _ = read_raster(path)
    grey = np.abs(array).mean(2).astype(np.float32)
    return np.asarray(cv2.resize(grey, (_PIXELS, _PIXELS), interpolation=cv2.INTER_AREA))


def _normalised(images: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = images.reshape(len(images), -1)
    flat = flat - flat.mean(1, keepdims=True)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(norms, 1e-6), np.float32)


def _views(images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the eight views (N, S, S) of square images."""
    both = (images, images.transpose(0, 2, 1))
    return [view[:, ::rows, ::columns] for view in both for rows in (1, -1) for columns in (1, -1)]


def _root(parent: NDArray[np.int64], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


def _join(parent: NDArray[np.int64], first: int, second: int) -> None:
    """Make both one group, called by its lowest place."""
    low, high = sorted((_root(parent, first), _root(parent, second)))
    parent[high] = low
