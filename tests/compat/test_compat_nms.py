"""nms, batched_nms and soft_nms of mmcv against slow plain-Python versions."""

import math

import numpy as np
import pytest
import torch
from mmcv.ops import batched_nms, nms, soft_nms


def iou(a, b, offset):
    width = min(a[2], b[2]) - max(a[0], b[0]) + offset
    height = min(a[3], b[3]) - max(a[1], b[1]) + offset
    inter = max(width, 0) * max(height, 0)
    areas = [(x2 - x1 + offset) * (y2 - y1 + offset) for x1, y1, x2, y2 in (a, b)]
    union = sum(areas) - inter
    return inter / union if union else math.nan


def slow_nms(boxes, scores, threshold, offset=0):
    boxes, scores = boxes.tolist(), scores.tolist()
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if not any(iou(boxes[i], boxes[j], offset) > threshold for j in kept):
            kept.append(i)
    return kept


def slow_soft_nms(boxes, scores, threshold, sigma, min_score, method, offset):
    boxes = boxes.tolist()
    left = dict(enumerate(scores.tolist()))
    kept, kept_scores = [], []
    while left:
        best = max(left, key=left.get)
        kept.append(best)
        kept_scores.append(left.pop(best))
        for i in list(left):
            overlap = iou(boxes[i], boxes[best], offset)
            if method == 'gaussian':
                left[i] *= math.exp(-(overlap**2) / sigma)
            elif overlap >= threshold:
                left[i] *= 1 - overlap if method == 'linear' else 0
            if left[i] < min_score:
                del left[i]
    return kept, kept_scores


@pytest.fixture
def detections(rng, dtype, device):
    """60 boxes in a crowd: each overlaps some others, no two scores are equal."""
    top_left = torch.rand(60, 2, generator=rng, dtype=torch.float64) * 40
    size = torch.rand(60, 2, generator=rng, dtype=torch.float64) * 20 + 2
    scores = (torch.randperm(60, generator=rng) + 1) / 61
    boxes = torch.cat([top_left, top_left + size], 1)
    return boxes.to(device, dtype), scores.to(device, dtype)


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0.1, 0.3, 0.7])
def test_nms_keeps_the_boxes_of_the_plain_version(detections, threshold, offset):
    boxes, scores = detections
    dets, kept = nms(boxes, scores, threshold, offset=offset)
    assert kept.tolist() == slow_nms(boxes, scores, threshold, offset)
    assert 0 < len(kept) < len(boxes)
    assert torch.equal(dets, torch.cat([boxes, scores[:, None]], 1)[kept])


def test_nms_offset_changes_the_overlap():
    # Widths 2 and 2, overlap 1: IoU 1/3 without, and (with 3 pixels each, 2 shared) 1/2 with it.
    boxes = torch.tensor([[0.0, 0, 2, 2], [1, 0, 3, 2]])
    scores = torch.tensor([0.9, 0.8])
    assert nms(boxes, scores, 0.4, offset=0)[1].tolist() == [0, 1]
    assert nms(boxes, scores, 0.4, offset=1)[1].tolist() == [0]


def test_nms_keeps_a_box_whose_overlap_equals_the_threshold():
    boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 1]])
    scores = torch.tensor([0.9, 0.8])
    assert nms(boxes, scores, 0.5)[1].tolist() == [0, 1]
    assert nms(boxes, scores, 0.499)[1].tolist() == [0]


def test_nms_drops_low_scores_first(detections):
    boxes, scores = detections
    _, kept = nms(boxes, scores, 0.3, score_threshold=0.5)
    high = torch.nonzero(scores > 0.5)[:, 0]
    expected = slow_nms(boxes[high], scores[high], 0.3)
    assert kept.tolist() == high[expected].tolist()


def test_nms_max_num_keeps_the_best(detections):
    boxes, scores = detections
    _, every = nms(boxes, scores, 0.3)
    _, kept = nms(boxes, scores, 0.3, max_num=4)
    assert kept.tolist() == every[:4].tolist()


@pytest.mark.parametrize('offset', [0, 1])
def test_nms_of_no_boxes(dtype, device, offset):
    boxes = torch.zeros(0, 4, dtype=dtype, device=device)
    dets, kept = nms(boxes, boxes[:, 0], 0.5, offset=offset)
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)
    assert kept.dtype == torch.long


def test_nms_takes_and_returns_numpy():
    # The example in mmcv's docstring.
    boxes = np.array(
        [
            [49.1, 32.4, 51.0, 35.9],
            [49.3, 32.9, 51.0, 35.3],
            [49.2, 31.8, 51.0, 35.4],
            [35.1, 11.5, 39.1, 15.7],
            [35.6, 11.8, 39.3, 14.2],
            [35.3, 11.5, 39.9, 14.5],
            [35.2, 11.7, 39.7, 15.7],
        ],
        dtype=np.float32,
    )
    scores = np.array([0.9, 0.9, 0.5, 0.5, 0.5, 0.4, 0.3], dtype=np.float32)
    dets, kept = nms(boxes, scores, 0.6)
    assert isinstance(dets, np.ndarray)
    assert isinstance(kept, np.ndarray)
    assert len(dets) == len(kept) == 3


@pytest.fixture
def labels(rng, detections):
    return torch.randint(0, 3, (60,), generator=rng).to(detections[0].device)


def by_class(boxes, scores, labels, threshold):
    kept = []
    for label in labels.unique():
        inside = torch.nonzero(labels == label)[:, 0]
        kept += inside[slow_nms(boxes[inside], scores[inside], threshold)].tolist()
    return sorted(kept, key=lambda i: -scores[i])


@pytest.mark.parametrize('split_thr', [10000, 10], ids=['at once', 'split'])
def test_batched_nms_treats_classes_apart(detections, labels, split_thr):
    boxes, scores = detections
    config = {'type': 'nms', 'iou_threshold': 0.3, 'split_thr': split_thr}
    dets, kept = batched_nms(boxes, scores, labels, config)
    assert kept.tolist() == by_class(boxes, scores, labels, 0.3)
    assert kept.tolist() != slow_nms(boxes, scores, 0.3)
    assert torch.equal(dets, torch.cat([boxes, scores[:, None]], 1)[kept])


def test_batched_nms_class_agnostic(detections, labels):
    boxes, scores = detections
    config = {'iou_threshold': 0.3, 'class_agnostic': True}
    assert batched_nms(boxes, scores, labels, config)[1].tolist() == slow_nms(boxes, scores, 0.3)


def test_batched_nms_without_config_only_sorts(detections, labels):
    boxes, scores = detections
    _, kept = batched_nms(boxes, scores, labels, None)
    assert kept.tolist() == scores.argsort(descending=True).tolist()


def test_batched_soft_nms_treats_classes_apart(detections, labels):
    boxes, scores = detections
    config = {'type': 'soft_nms', 'iou_threshold': 0.3, 'method': 'naive', 'min_score': 1e-3}
    _, kept = batched_nms(boxes, scores, labels, config)
    assert kept.tolist() == by_class(boxes, scores, labels, 0.3)


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('method', ['naive', 'linear', 'gaussian'])
@pytest.mark.parametrize('min_score', [1e-3, 0.2])
def test_soft_nms_matches_the_plain_version(detections, close, method, offset, min_score):
    boxes, scores = detections
    before = scores.clone()
    dets, kept = soft_nms(boxes, scores, 0.3, 0.5, min_score, method, offset)
    expected, decayed = slow_soft_nms(boxes, scores, 0.3, 0.5, min_score, method, offset)
    assert kept.tolist() == expected
    assert torch.equal(dets[:, :4], boxes[kept])
    close(dets[:, 4], decayed)
    assert torch.equal(scores, before), 'the scores of the caller were changed'


def test_soft_nms_of_no_boxes(dtype, device):
    boxes = torch.zeros(0, 4, dtype=dtype, device=device)
    dets, kept = soft_nms(boxes, boxes[:, 0])
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)
    assert kept.dtype == torch.long


def test_soft_nms_keeps_the_first_box_whatever_its_score():
    boxes = torch.tensor([[0.0, 0, 2, 2], [10, 10, 12, 12]])
    dets, kept = soft_nms(boxes, torch.tensor([0.1, 0.2]), min_score=0.5)
    assert kept.tolist() == [1]
    assert dets[0].tolist() == pytest.approx([10, 10, 12, 12, 0.2])


def test_soft_nms_example_of_the_mmcv_docstring():
    boxes = np.array([[4, 3, 5, 3], [4, 3, 5, 4], *[[3, 1, 3, 1]] * 4], dtype=np.float32)
    scores = np.array([0.9, 0.9, 0.5, 0.5, 0.4, 0.0], dtype=np.float32)
    dets, kept = soft_nms(boxes, scores, 0.6, sigma=0.5)
    assert len(dets) == len(kept) == 5


@pytest.mark.parametrize('method', ['naive', 'linear'])
def test_soft_nms_boxes_without_area_do_not_overlap(method):
    # Their IoU is 0 / 0. mmcv compares with >=, so such a box is never suppressed.
    boxes = torch.tensor([[3.0, 1, 3, 1], [30, 10, 30, 10], [3, 1, 3, 1]])
    _, kept = soft_nms(boxes, torch.tensor([0.9, 0.5, 0.4]), 0.3, method=method)
    assert kept.tolist() == [0, 1, 2]
