"""Which detections of an image are true, by the rules of PASCAL VOC and of COCO."""

import numpy as np
from numpy.typing import NDArray

from mmsar.evaluation.detection.boxes import coverage_matrix, iou_matrix
from mmsar.evaluation.detection.records import Detections, GroundTruth

# What a detection is
FALSE, TRUE, NEITHER = 0, 1, -1


def match_voc(detections: Detections, truth: GroundTruth, iou_thr: float) -> NDArray[np.int8]:
    """Judge the detections of an image by the rule of PASCAL VOC.

    Each detection belongs to the object of its class with the largest IoU. It is false if that is
    below the threshold, neither true nor false if the object is ignored, and otherwise true for
    the first in the order of scores, false for the others.

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, 2010, section 4.2.

    Returns:
        (N,), FALSE, TRUE or NEITHER.
    """
    outcome = np.full(len(detections.boxes), FALSE, np.int8)
    if not len(truth.boxes):
        return outcome
    overlap = _of_same_class(iou_matrix(detections.boxes, truth.boxes), detections, truth)
    # Of equal overlaps, the first counts: an object that is not ignored.
    ordered = np.argsort(truth.ignored, kind='stable')
    owner = ordered[overlap[:, ordered].argmax(1)]
    enough = overlap.max(1) >= iou_thr
    outcome[enough & truth.ignored[owner]] = NEITHER
    rivals = np.flatnonzero(enough & ~truth.ignored[owner])
    rivals = rivals[np.argsort(-detections.scores[rivals], kind='stable')]
    _, first = np.unique(owner[rivals], return_index=True)
    outcome[rivals[first]] = TRUE
    return outcome


def match_greedily(detections: Detections, truth: GroundTruth, iou_thr: float) -> NDArray[np.int8]:
    """Judge the detections of an image by the rule of COCO, see :func:`assign_greedily`.

    Returns:
        (N,), FALSE, TRUE or NEITHER.
    """
    return assign_greedily(detections, truth, iou_thr)[0]


def assign_greedily(
    detections: Detections, truth: GroundTruth, iou_thr: float
) -> tuple[NDArray[np.int8], NDArray[np.intp]]:
    """Assign the detections of an image to its objects by the rule of COCO.

    In the order of scores, each takes the object of its class with the largest IoU among those
    that are free, if it reaches the threshold. One that gets none is neither true nor false if so
    large a part of it lies in an ignored region of its class, and otherwise false.

    Source: Lin et al., Microsoft COCO, 2014, and its evaluation code.

    Returns:
        (N,), FALSE, TRUE or NEITHER, and (N,), the number of the object that a true one shows, -1
        for others.
    """
    outcome = np.full(len(detections.boxes), FALSE, np.int8)
    owner = np.full(len(detections.boxes), -1, np.intp)
    if not len(truth.boxes):
        return outcome, owner
    # An ignored region may be much larger than the objects in it, so IoU does not fit it.
    coverage = coverage_matrix(detections.boxes, truth.boxes)
    coverage = _of_same_class(coverage, detections, truth)[:, truth.ignored]
    outcome[coverage.max(1, initial=-1) >= iou_thr] = NEITHER
    overlap = iou_matrix(detections.boxes, truth.boxes)
    overlap = _of_same_class(overlap, detections, truth)[:, ~truth.ignored]
    counted = np.flatnonzero(~truth.ignored)
    near = np.flatnonzero(overlap.max(1, initial=-1) >= iou_thr)
    for number in near[np.argsort(-detections.scores[near], kind='stable')]:
        best = overlap[number].argmax()
        if overlap[number, best] >= iou_thr:
            outcome[number] = TRUE
            owner[number] = counted[best]
            overlap[:, best] = -1  # taken
    return outcome, owner


def _of_same_class(
    overlap: NDArray[np.float64], detections: Detections, truth: GroundTruth
) -> NDArray[np.float64]:
    """Return the overlaps (N, M), -1 between different classes."""
    return np.where(detections.labels[:, None] == truth.labels, overlap, -1.0)
