"""From tiles to scenes: perfect predictions come back, and the rule equals a slow version of it."""

import numpy as np
import pytest
import torch
from torchvision.ops import batched_nms

from mmsar.errors import DataError
from mmsar.evaluation import merge_ground_truth, merge_tiles, nms
from mmsar.evaluation.detection.boxes import iou_matrix
from mmsar.evaluation.detection.merge import covered_pixels


def windows_of(rows: int, columns: int, size: int = 512, stride: int = 256) -> list[tuple]:
    """Cut a scene; the last window of a row or column is pulled back to the border."""
    starts = [
        [*range(0, max(length - size, 0), stride), max(length - size, 0)]
        for length in (rows, columns)
    ]
    return [
        (r, c, min(size, rows - r), min(size, columns - c)) for r in starts[0] for c in starts[1]
    ]


def apart(rng, count: int, low: float, high: float, side: int) -> np.ndarray:
    """Return boxes with little overlap; digits that single precision holds on a tile."""
    boxes = np.zeros((0, 4))
    while len(boxes) < count:
        size = rng.uniform(low, high, 2)
        corner = rng.uniform(0, side - size)
        box = np.round(np.concatenate([corner, corner + size]) * 64)[None] / 64
        if not len(boxes) or iou_matrix(box, boxes).max() < 0.2:
            boxes = np.concatenate([boxes, box])
    return boxes


def perfect(boxes: np.ndarray, windows: list[tuple], part: float = 0.3):
    """Return what a perfect detector sees: boxes, their number and tile, clipped to each tile."""
    found, numbers, tiles = [], [], []
    for tile, (row, column, height, width) in enumerate(windows):
        offset = np.array([column, row, column, row])
        clipped = np.clip(boxes - offset, 0, [width, height, width, height])
        sides = clipped[:, 2:] - clipped[:, :2]
        seen = sides.prod(1) >= part * (boxes[:, 2:] - boxes[:, :2]).prod(1)
        found.append(clipped[seen])
        numbers.append(np.flatnonzero(seen))
        tiles.append(np.full(seen.sum(), tile))
    return tuple(np.concatenate(item) for item in (found, numbers, tiles))


def ordered(boxes: np.ndarray) -> np.ndarray:
    return boxes[np.lexsort(boxes.T)]


@pytest.mark.parametrize('seed', range(3))
def test_perfect_predictions_come_back_exactly(seed):
    rng = np.random.default_rng(seed)
    windows = windows_of(3000, 3000)
    assert len(windows) == 121
    boxes = apart(rng, 150, 10, 240, 3000)
    boxes[:4] = [[0, 0, 9, 9], [2990, 0, 3000, 8], [0, 2980, 30, 3000], [2900, 2900, 3000, 3000]]
    found, numbers, tiles = perfect(boxes, windows)
    assert len(found) > 3 * len(boxes)
    scores = rng.random(len(found)).astype(np.float32)
    # Each class apart: two objects of different classes at the same place both stay.
    labels = numbers % 2
    found32 = found.astype(np.float32)
    assert (found32 == found).all()
    merged, merged_scores, merged_labels = merge_tiles(
        found32, scores, labels, tiles, windows, (3000, 3000)
    )
    np.testing.assert_array_equal(ordered(merged), ordered(boxes))
    assert (np.diff(merged_scores) <= 0).all()
    for box, score, label in zip(merged, merged_scores, merged_labels, strict=True):
        number = np.flatnonzero((boxes == box).all(1))[0]
        assert label == number % 2
        assert score in scores[numbers == number]


def test_objects_longer_than_the_overlap_are_kept():
    windows = windows_of(512, 1536)
    # From 200 to 800: no tile shows it whole.
    boxes = np.array([[200, 100, 800, 140.0]])
    found, _, tiles = perfect(boxes, windows)
    assert len(found) == 3
    merged, _, _ = merge_tiles(
        found, np.full(3, 0.9), np.zeros(3, int), tiles, windows, (512, 1536)
    )
    # Pieces 200-512, 256-768 and 512-800. IoU: 256 / 568, 256 / 544, 0: all below 0.5.
    expected = [[200, 100, 512, 140], [256, 100, 768, 140], [512, 100, 800, 140]]
    np.testing.assert_array_equal(ordered(merged), expected)


def test_the_verdict_of_the_tile_that_sees_all_counts():
    windows = [(0, 0, 512, 512), (0, 256, 512, 512)]
    shape = (512, 768)

    def merge(boxes, tile, **options):
        ones = np.ones(len(boxes))
        return merge_tiles(boxes, ones, ones, tile, windows, shape, **options)[0].tolist()

    # Cut by the right side of the first tile; the second would show it at 204 to 256 + 44.
    cut = [460, 100, 512, 130]
    assert merge([cut], [0]) == []
    # Away from inner edges by more than the margin of 4: the first tile sees it as a whole.
    assert merge([[460, 100, 507.5, 130]], [0]) == [[460, 100, 507.5, 130]]
    assert merge([[460, 100, 508, 130]], [0]) == []
    assert merge([cut], [0], edge_margin=0) == []
    assert merge([[460, 100, 511.5, 130]], [0], edge_margin=0) == [[460, 100, 511.5, 130]]
    # At 258 it is near the left side of the second tile too: nobody sees it better.
    wide = [258, 100, 512, 130]
    assert merge([wide], [0]) == [wide]
    # The same object, seen by the second tile: only that box is left, in pixels of the scene.
    assert merge([cut, [204, 100, 300, 130]], [0, 1]) == [[460, 100, 556, 130]]


def test_sides_of_the_scene_are_no_inner_edges():
    windows = [(0, 0, 100, 60), (0, 40, 100, 60)]
    boxes = [[0, 0, 10, 100], [50, 0, 60, 100], [-1, -2, 8, 101.5]]
    merged = merge_tiles(boxes, [3, 2, 1], [0, 1, 2], [0, 1, 0], windows, (100, 100))[0]
    np.testing.assert_array_equal(merged, [[0, 0, 10, 100], [90, 0, 100, 100], [-1, -2, 8, 101.5]])
    # A scene smaller than a tile has no inner edge at all.
    alone = merge_tiles([[0, 0, 30, 20]], [1], [0], [0], [(0, 0, 20, 30)], (20, 30))[0]
    assert alone.tolist() == [[0, 0, 30, 20]]


def test_suppression_keeps_classes_apart_and_breaks_ties_by_order():
    boxes = [[10, 10, 20, 20], [10, 10, 20, 20], [10, 10, 20, 21], [10, 10, 20, 15]]
    windows, shape = [(0, 0, 100, 100)], (100, 100)
    merged, scores, labels = merge_tiles(
        boxes, [0.5, 0.5, 0.5, 0.9], [0, 1, 0, 0], [0] * 4, windows, shape
    )
    # The third has IoU 10 / 11 with the first; the fourth has 1/2, which is not more than 0.5.
    assert merged.tolist() == [boxes[3], boxes[0], boxes[1]]
    assert (scores.tolist(), labels.tolist()) == ([0.9, 0.5, 0.5], [0, 0, 1])
    assert len(merge_tiles([], [], [], [], windows, shape)[0]) == 0


def slow_merge(boxes, scores, labels, tile, windows, shape, iou_threshold, margin):
    """Follow the rule, one box after the other."""
    rows, columns = shape

    def touches(box, window):
        row, column, height, width = window
        sides = (
            (box[0] - column, column <= 0),
            (box[1] - row, row <= 0),
            (column + width - box[2], column + width >= columns),
            (row + height - box[3], row + height >= rows),
        )
        return any(distance <= margin and not border for distance, border in sides)

    def contains(window, box):
        row, column, height, width = window
        x1, y1, x2, y2 = np.clip(box, 0, [columns, rows, columns, rows])
        return column <= x1 and row <= y1 and x2 <= column + width and y2 <= row + height

    left = []
    for number, (box, own) in enumerate(zip(boxes, tile, strict=True)):
        row, column = windows[own][:2]
        shifted = [box[0] + column, box[1] + row, box[2] + column, box[3] + row]
        better = touches(shifted, windows[own]) and any(
            contains(window, shifted) and not touches(shifted, window)
            for other, window in enumerate(windows)
            if other != own
        )
        if not better:
            left.append((number, shifted))
    kept = []
    for number, box in sorted(left, key=lambda item: (-scores[item[0]], item[0])):
        rivals = [other for n, other in kept if labels[n] == labels[number]]
        if not rivals or iou_matrix(np.array([box]), np.array(rivals)).max() <= iou_threshold:
            kept.append((number, box))
    return kept


@pytest.mark.parametrize('seed', range(6))
def test_equals_a_slow_version(seed):
    rng = np.random.default_rng(seed)
    shape = (700, 900)
    windows = windows_of(*shape, size=256, stride=int(rng.integers(90, 200)))
    if seed % 2:
        windows = [windows[i] for i in rng.permutation(len(windows))[: len(windows) * 2 // 3]]
    count = 600
    tile = rng.integers(0, len(windows), count)
    corner = rng.integers(-8, 240, (count, 2))
    boxes = np.concatenate([corner, corner + rng.integers(2, 200, (count, 2))], 1)
    boxes = np.minimum(boxes, 260).astype(float)
    scores = rng.integers(0, 20, count) / 20  # many ties
    labels = rng.integers(0, 2, count)
    margin, iou_threshold = rng.choice([0, 2, 4, 10]), rng.choice([0.3, 0.5])
    expected = slow_merge(boxes, scores, labels, tile, windows, shape, iou_threshold, margin)
    merged, merged_scores, merged_labels = merge_tiles(
        boxes, scores, labels, tile, windows, shape, iou_threshold, margin
    )
    assert merged.tolist() == [box for _, box in expected]
    assert 50 < len(merged) < count - 50
    numbers = [number for number, _ in expected]
    assert merged_scores.tolist() == scores[numbers].tolist()
    assert merged_labels.tolist() == labels[numbers].tolist()


def test_many_boxes_and_windows_are_compared_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    windows = windows_of(3000, 3000)
    found, numbers, tiles = perfect(apart(rng, 60, 10, 300, 3000), windows, 0.1)
    arguments = (found, rng.random(len(found)), numbers % 3, tiles, windows, (3000, 3000))
    whole = merge_tiles(*arguments)
    monkeypatch.setattr('mmsar.evaluation.detection.merge._PAIRS', 500)
    for one, other in zip(whole, merge_tiles(*arguments), strict=True):
        np.testing.assert_array_equal(one, other)


def test_suppression_equals_torchvision():
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 150, (800, 2))
    boxes = np.concatenate([corner, corner + rng.exponential(40, (800, 2))], 1)
    boxes[0] = [0, 0, 400, 400]
    scores, labels = rng.random(800), rng.integers(0, 3, 800)
    expected = batched_nms(*(torch.from_numpy(a) for a in (boxes, scores, labels)), 0.4)
    assert nms(boxes, scores, labels, 0.4).tolist() == expected.tolist()
    assert 100 < len(expected) < 700


def test_each_object_of_a_scene_comes_once():
    boxes, labels, ignored = merge_ground_truth(
        ['b', 'a', 'b', 7],
        [[0, 0, 1, 1], [2, 2, 3, 3], [0, 0, 1, 1], [0, 0, 1, 1]],
        [0, 1, 0, 2],
        [0, 1, 0, 0],
    )
    assert boxes.tolist() == [[0, 0, 1, 1], [2, 2, 3, 3], [0, 0, 1, 1]]
    assert (labels.tolist(), ignored.tolist()) == ([0, 1, 2], [False, True, False])
    empty = merge_ground_truth([], [], [], [])
    assert [len(array) for array in empty] == [0, 0, 0]
    with pytest.raises(DataError, match="object 'b' has one box, class or ignored flag"):
        merge_ground_truth(['b', 'b'], [[0, 0, 1, 1], [0, 0, 1, 2]], [0, 0], [0, 0])
    with pytest.raises(DataError, match='object 5'):
        merge_ground_truth([5, 5], [[0, 0, 1, 1]] * 2, [0, 0], [0, 1])


def test_covered_pixels_are_counted_once():
    rng = np.random.default_rng(0)
    assert covered_pixels(windows_of(3000, 2000), (3000, 2000)) == 6_000_000
    for _ in range(20):
        windows = rng.integers([0, 0, 1, 1], 60, (int(rng.integers(1, 7)), 4))
        mask = np.zeros((50, 80), bool)  # windows may reach beyond the scene
        for row, column, height, width in windows:
            mask[row : row + height, column : column + width] = True
        assert covered_pixels(windows, (50, 80)) == mask.sum()
