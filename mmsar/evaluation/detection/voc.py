"""Average precision of PASCAL VOC over a set of images, or a part of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsar.evaluation.detection.average_precision import average_precisions
from mmsar.evaluation.detection.matching import NEITHER, TRUE, match_voc
from mmsar.evaluation.detection.records import ImageRecord


class VocEvaluation:
    """Matches once; then averages over all images or some of them.

    Unlike ``mmdet.VOCMetric`` it adds no pixel to widths and heights, and rounds nothing.

    Args:
        images: Predictions and annotations.
        num_classes: Number of classes.
        iou_thr: IoU from which a detection shows an object.
    """

    def __init__(self, images: Sequence[ImageRecord], num_classes: int, iou_thr: float) -> None:
        counts = [len(image.detections.boxes) for image in images]
        self._image = np.repeat(np.arange(len(images)), counts)
        none = [np.zeros(0)]  # what to join where there are no images
        self._scores = np.concatenate([image.detections.scores for image in images] or none)
        self._labels = np.concatenate([image.detections.labels for image in images] or none)
        self._outcome = np.concatenate(
            [match_voc(image.detections, image.truth, iou_thr) for image in images] or none
        )
        self._objects = count_objects(images, num_classes)

    def average_precisions(self, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return (K, 2), area and 11 points of each class on the chosen images (numbers)."""
        counted = np.isin(self._image, chosen) & (self._outcome != NEITHER)
        objects = self._objects[chosen].sum(0)
        result = np.full((len(objects), 2), np.nan)
        for label, count in enumerate(objects):
            mine = np.flatnonzero(counted & (self._labels == label))
            mine = mine[np.argsort(-self._scores[mine], kind='stable')]
            result[label] = average_precisions(self._outcome[mine] == TRUE, int(count))
        return result


def count_objects(images: Sequence[ImageRecord], num_classes: int) -> NDArray[np.int64]:
    """Return the number of objects (I, K) in each image and class, without ignored ones."""
    counts = np.zeros((len(images), num_classes), np.int64)
    for row, image in zip(counts, images, strict=True):
        row += np.bincount(image.truth.labels[~image.truth.ignored], minlength=num_classes)
    return counts
