"""Overlaps and the two rules of matching, against slow versions."""

import numpy as np
import pytest
from random_images import random_samples, sample

from mmsar.evaluation.detection.boxes import coverage_matrix, iou_matrix
from mmsar.evaluation.detection.matching import FALSE, NEITHER, TRUE, match_greedily, match_voc
from mmsar.evaluation.detection.reading import read_sample


def overlap(a, b):
    """Common area, one pair at a time."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def test_overlaps_equal_the_pairwise_formula():
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 50, (40, 2))
    boxes = np.concatenate([low, low + rng.uniform(1, 40, (40, 2))], 1)
    a, b = boxes[:25], boxes[25:]
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            common = overlap(one, other)
            union = area(one) + area(other) - common
            assert iou_matrix(a, b)[i, j] == pytest.approx(common / union, abs=1e-12)
            assert coverage_matrix(a, b)[i, j] == pytest.approx(common / area(one), abs=1e-12)


def test_empty_boxes_overlap_nothing():
    empty = np.array([[5, 5, 5, 9], [7, 7, 3, 3]], np.float32)
    whole = np.array([[0, 0, 10, 10.0]])
    for function in (iou_matrix, coverage_matrix):
        assert (function(empty, np.concatenate([empty, whole])) == 0).all()
        assert function(empty, np.zeros((0, 4))).shape == (2, 0)


def slow_greedy(detections, truth, iou_thr):
    taken, outcome = set(), {}
    for number in sorted(range(len(detections.boxes)), key=lambda k: -detections.scores[k]):
        box = detections.boxes[number].astype(float)
        best, outcome[number] = iou_thr, FALSE
        owner = None
        for other, target in enumerate(truth.boxes):
            if truth.labels[other] != detections.labels[number]:
                continue
            common = overlap(box, target)
            if truth.ignored[other]:
                if common / area(box) >= iou_thr and outcome[number] == FALSE:
                    outcome[number] = NEITHER
            elif other not in taken:
                iou = common / (area(box) + area(target) - common)
                if iou >= best:
                    best, owner = iou, other
        if owner is not None:
            taken.add(owner)
            outcome[number] = TRUE
    return [outcome[number] for number in range(len(detections.boxes))]


def slow_voc(detections, truth, iou_thr):
    taken, outcome = set(), {}
    for number in sorted(range(len(detections.boxes)), key=lambda k: -detections.scores[k]):
        box = detections.boxes[number].astype(float)
        best, owner = -1, None
        for other, target in enumerate(truth.boxes):
            common = overlap(box, target)
            iou = common / (area(box) + area(target) - common)
            if truth.labels[other] == detections.labels[number] and iou > best:
                best, owner = iou, other
        if owner is None or best < iou_thr:
            outcome[number] = FALSE
        elif truth.ignored[owner]:
            outcome[number] = NEITHER
        else:
            outcome[number] = FALSE if owner in taken else TRUE
            taken.add(owner)
    return [outcome[number] for number in range(len(detections.boxes))]


@pytest.mark.parametrize(('fast', 'slow'), [(match_greedily, slow_greedy), (match_voc, slow_voc)])
def test_equals_a_slow_version(fast, slow):
    seen = set()
    for item in random_samples(1, count=60, classes=2):
        image = read_sample(item, 2)
        for iou_thr in (0.1, 0.5):  # low: many detections want the same object
            mine = fast(image.detections, image.truth, iou_thr).tolist()
            assert mine == slow(image.detections, image.truth, iou_thr)
            seen.update(mine)
    assert seen == {FALSE, TRUE, NEITHER}


def test_the_rules_differ_where_two_objects_are_close():
    # Both detections lie best on the first object; COCO gives the second one what is left.
    image = read_sample(
        sample(
            objects=[(0, 0, 10, 10), (0, 0, 6, 10)],
            found=[(0, 0, 9, 10, 0.9), (0, 0, 8, 10, 0.8)],
        ),
        1,
    )
    assert match_voc(image.detections, image.truth, 0.5).tolist() == [TRUE, FALSE]
    assert match_greedily(image.detections, image.truth, 0.5).tolist() == [TRUE, TRUE]


def test_a_large_ignored_region_hides_what_lies_in_it():
    image = read_sample(
        sample(
            objects=[(0, 0, 100, 100, {'ignore_flag': 1}), (20, 20, 30, 30)],
            found=[
                (5, 5, 15, 15, 0.9),  # wholly inside, IoU 0.01
                (96, 0, 104, 10, 0.8),  # 4/8 of it inside
                (97, 0, 105, 10, 0.7),  # 3/8 of it inside
                (20, 20, 30, 30, 0.6),  # an object within the region
            ],
        ),
        1,
    )
    greedy = match_greedily(image.detections, image.truth, 0.5)
    assert greedy.tolist() == [NEITHER, NEITHER, FALSE, TRUE]
    # To VOC, the region is one object that is hard to see.
    assert match_voc(image.detections, image.truth, 0.5).tolist() == [FALSE, FALSE, FALSE, TRUE]
