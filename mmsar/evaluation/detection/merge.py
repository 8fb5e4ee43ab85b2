"""From detections on overlapping tiles to those of the scene."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmsar.errors import DataError
from mmsar.evaluation.detection.nms import nms

_PAIRS = 2**22  # boxes times windows that are compared at once: some tens of megabytes


def merge_tiles(
    boxes: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike,
    tile: ArrayLike,
    windows: ArrayLike,
    scene_shape: tuple[int, int],
    iou_threshold: float = 0.5,
    edge_margin: float = 4.0,
) -> tuple[NDArray[np.float64], NDArray[np.floating], NDArray[np.integer]]:
    """Merge detections on tiles.

    A box with a side near an inner edge (a side of its tile that is not one of the scene) may show
    a part of an object. Where another window holds the whole box, away from its own inner edges,
    that tile saw more, and its verdict counts, even if it is 'nothing here'. A box that no tile
    sees whole is kept. What is left are whole objects, some of them several times: class-wise
    non-maximum suppression keeps the one with the highest score.

    Args:
        boxes: (N, 4), x1, y1, x2, y2 in pixels of their tiles.
        scores: (N,).
        labels: (N,).
        tile: (N,), number of the window of each box.
        windows: (T, 4), first row and column, height and width in pixels of the scene.
        scene_shape: Rows and columns of the scene.
        iou_threshold: Boxes of one class with a larger IoU show the same object.
        edge_margin: A side at most so many pixels from an edge is near it. Detectors seldom
            predict the edge to the pixel.

    Returns:
        Boxes in pixels of the scene, scores and labels, in descending order of scores.
    """
    corners = np.asarray(windows, np.float64).reshape(-1, 4)
    owners = np.asarray(tile, np.intp).reshape(-1)
    # In double precision, offsets of whole pixels change no digit of a float32.
    shifted = np.asarray(boxes, np.float64).reshape(-1, 4) + corners[owners][:, [1, 0, 1, 0]]
    kept = np.flatnonzero(~_seen_better(shifted, owners, corners, scene_shape, edge_margin))
    values, classes = np.asarray(scores), np.asarray(labels)
    kept = kept[nms(shifted[kept], values[kept], classes[kept], iou_threshold)]
    return shifted[kept], values[kept], classes[kept]


def merge_ground_truth(
    objects: Sequence[Hashable], boxes: ArrayLike, labels: ArrayLike, ignored: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Take each object of a scene once.

    Args:
        objects: (M,), names of the objects, over all tiles of the scene.
        boxes: (M, 4), in pixels of the scene.
        labels: (M,).
        ignored: (M,).

    Returns:
        Boxes, labels and ignored flags of the different objects, in the order in which they come.

    Raises:
        DataError: Two tiles disagree about an object.
    """
    rows = np.concatenate(
        [
            np.asarray(boxes, np.float64).reshape(-1, 4),
            np.asarray(labels, np.float64).reshape(-1, 1),
            np.asarray(ignored, np.float64).reshape(-1, 1),
        ],
        axis=1,
    )
    first: dict[Hashable, int] = {}
    for number, name in enumerate(objects):
        if not np.array_equal(rows[first.setdefault(name, number)], rows[number]):
            raise DataError(
                f'object {name!r} has one box, class or ignored flag in one tile and another in '
                'another; make the tiles again with tools/dataset_converters/slice_scenes.py'
            )
    unique = rows[list(first.values())]
    return unique[:, :4], unique[:, 4].astype(np.int64), unique[:, 5].astype(np.bool_)


def covered_pixels(windows: ArrayLike, scene_shape: tuple[int, int]) -> int:
    """Return how many pixels of the scene the windows (T, 4) cover together."""
    corners = np.asarray(windows, np.int64).reshape(-1, 4)
    ends = np.minimum(corners[:, :2] + corners[:, 2:], scene_shape)
    starts = np.maximum(corners[:, :2], 0)
    # Between two neighbours of these lines, all pixels are covered, or none.
    rows, columns = (np.unique(np.concatenate([starts[:, i], ends[:, i]])) for i in (0, 1))
    covered = np.zeros((max(len(rows) - 1, 0), max(len(columns) - 1, 0)), np.bool_)
    first, last = (
        np.stack([np.searchsorted(rows, c[:, 0]), np.searchsorted(columns, c[:, 1])], 1)
        for c in (starts, ends)
    )
    for (r1, c1), (r2, c2) in zip(first, last, strict=True):
        covered[r1:r2, c1:c2] = True
    return int(np.diff(rows) @ covered.astype(np.int64) @ np.diff(columns))


def _seen_better(
    boxes: NDArray[np.float64],
    owners: NDArray[np.intp],
    windows: NDArray[np.float64],
    scene_shape: tuple[int, int],
    edge_margin: float,
) -> NDArray[np.bool_]:
    """Tell which boxes (in pixels of the scene) may be cut, and are whole in another tile."""
    starts = windows[:, [1, 0]]
    ends = starts + windows[:, [3, 2]]
    # A box between these limits is whole; a side of the scene is no limit.
    low = np.where(starts <= 0, -np.inf, starts + edge_margin)
    high = np.where(ends >= scene_shape[::-1], np.inf, ends - edge_margin)
    whole = ((boxes[:, :2] > low[owners]) & (boxes[:, 2:] < high[owners])).all(1)
    cut = np.flatnonzero(~whole)
    better = np.zeros(len(boxes), np.bool_)
    for part in np.array_split(cut, max(1, len(cut) * len(windows) // _PAIRS)):
        inside = np.ones((len(part), len(windows)), np.bool_)
        for axis in (0, 1):
            inside &= boxes[part, axis, None] > low[:, axis]
            inside &= boxes[part, axis + 2, None] < high[:, axis]
        better[part] = inside.any(1)
    return better
