"""COCO's average precision over a set of images, or a part of it, by pycocotools."""

import contextlib
import copy
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools.coco import COCO

from mmsar.evaluation.detection.fast_cocoeval import FastCOCOeval
from mmsar.evaluation.detection.records import ImageRecord

# As pycocotools has them
IOU_THRS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)


class CocoCurves(NamedTuple):
    """Precision at the recalls 0, 0.01, ..., 1; -1 where a class has no objects.

    Attributes:
        precision: (T, 101, K, A), by IoU threshold, recall, class and size (all, small, medium,
            large).
        scores: Likewise, the score at which the recall is reached.
    """

    precision: NDArray[np.float64]
    scores: NDArray[np.float64]

    def mean(self, iou: int | slice = slice(None), size: int = 0) -> float:
        """Return the mean over classes, recalls and thresholds; NaN where all are undefined."""
        values = self.precision[iou, ..., size]
        values = values[values > -1]
        return float(values.mean()) if values.size else float('nan')

    def of_class(self, label: int) -> 'CocoCurves':
        """Return those of one class."""
        return CocoCurves(self.precision[:, :, [label]], self.scores[:, :, [label]])


class CocoEvaluation:
    """Matches once; then averages over all images or some of them.

    Args:
        images: Predictions and annotations.
        num_classes: Number of classes.
        max_dets: Of each image and class, so many detections of the highest scores count; None:
            all.
        iou_thrs: (T,), IoU from which a detection shows an object.
        by_size: Whether to evaluate small, medium and large objects as well.
    """

    def __init__(
        self,
        images: Sequence[ImageRecord],
        num_classes: int,
        max_dets: int | None = 100,
        iou_thrs: ArrayLike = IOU_THRS,
        by_size: bool = True,
    ) -> None:
        if max_dets is None:
            max_dets = max((len(image.detections.boxes) for image in images), default=0) or 1
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools talks
            evaluation = FastCOCOeval(
                _index(images, num_classes, _annotations(images)),
                _index(images, num_classes, _predictions(images)),
                'bbox',
            )
            params = evaluation.params
            params.maxDets = [max_dets]
            params.iouThrs = np.asarray(iou_thrs, np.float64)
            params.areaRng = params.areaRng[: 4 if by_size else 1]
            params.areaRngLbl = params.areaRngLbl[: len(params.areaRng)]
            evaluation.evaluate()
        self._params = params
        # pycocotools lists the images of each size of each class.
        matched = np.empty(num_classes * len(params.areaRng) * len(images), object)
        matched[:] = evaluation.evalImgs
        self._matched = matched.reshape(num_classes * len(params.areaRng), len(images))

    def accumulate(self, chosen: NDArray[np.intp]) -> CocoCurves:
        """Return the curves of the chosen images (numbers)."""
        part = FastCOCOeval(iouType='bbox')
        part.params = copy.copy(self._params)
        part.params.imgIds = chosen.tolist()
        # accumulate() reads its input by the numbers of images in here.
        part._paramsEval = copy.copy(part.params)
        part.evalImgs = self._matched[:, chosen].ravel().tolist()
        with contextlib.redirect_stdout(io.StringIO()):
            part.accumulate()
        return CocoCurves(part.eval['precision'][..., 0], part.eval['scores'][..., 0])


def _index(images: Sequence[ImageRecord], num_classes: int, entries: list[dict[str, Any]]) -> Any:
    coco = COCO()
    coco.dataset = {
        'images': [{'id': number} for number in range(len(images))],
        'categories': [{'id': label} for label in range(num_classes)],
        'annotations': [{'id': number, **entry} for number, entry in enumerate(entries)],
    }
    coco.createIndex()
    return coco


def _annotations(images: Sequence[ImageRecord]) -> list[dict[str, Any]]:
    return [
        {**entry, 'area': area, 'iscrowd': int(ignored)}
        for number, image in enumerate(images)
        for entry, area, ignored in zip(
            _entries(number, image.truth.boxes, image.truth.labels),
            image.truth.areas.tolist(),
            image.truth.ignored.tolist(),
            strict=True,
        )
    ]


def _predictions(images: Sequence[ImageRecord]) -> list[dict[str, Any]]:
    return [
        {**entry, 'area': entry['bbox'][2] * entry['bbox'][3], 'score': score}
        for number, image in enumerate(images)
        for entry, score in zip(
            _entries(number, image.detections.boxes, image.detections.labels),
            image.detections.scores.tolist(),
            strict=True,
        )
    ]


def _entries(
    number: int, boxes: NDArray[np.floating], labels: NDArray[np.integer]
) -> list[dict[str, Any]]:
    corners = boxes.astype(np.float64)
    corners[:, 2:] -= corners[:, :2]
    return [
        {'image_id': number, 'category_id': label, 'bbox': bbox}
        for label, bbox in zip(labels.tolist(), corners.tolist(), strict=True)
    ]
