"""All figures of a set of images, or a part of it, from one evaluation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsar.evaluation.detection.coco import IOU_THRS, CocoCurves, CocoEvaluation
from mmsar.evaluation.detection.operating_point import OperatingPoint
from mmsar.evaluation.detection.records import ImageRecord
from mmsar.evaluation.detection.voc import VocEvaluation

_IOU_75 = int(np.flatnonzero(np.isclose(IOU_THRS, 0.75))[0])


class Evaluation:
    """Matches detections and objects once, by each rule; then gives figures of any part.

    Figures are dicts; NaN stands for what is undefined, such as precision without detections.

    Args:
        images: Predictions and annotations.
        num_classes: Number of classes.
        score_thr: Detections from this score on make the operating point.
        iou_thr: IoU from which a detection shows an object, for PASCAL VOC and the operating
            point.
        max_dets: For COCO, so many detections of each image and class; None: all.
        by_size: Whether to evaluate small, medium and large objects (COCO) as well.
    """

    def __init__(
        self,
        images: Sequence[ImageRecord],
        num_classes: int,
        score_thr: float,
        iou_thr: float,
        max_dets: int | None,
        by_size: bool = True,
    ) -> None:
        self._everything = np.arange(len(images))
        self._num_classes = num_classes
        self._iou_thr = iou_thr
        self._coco = CocoEvaluation(images, num_classes, max_dets, by_size=by_size)
        self._voc = VocEvaluation(images, num_classes, iou_thr)
        self._point = OperatingPoint(images, num_classes, iou_thr, score_thr)
        self.curves = self._coco.accumulate(self._everything)

    def of_all(self) -> dict[str, float]:
        """Return the figures of all images."""
        return self._figures(
            self.curves,
            self._voc.average_precisions(self._everything),
            self._point.rates(self._everything),
        )

    def of_images(self, chosen: NDArray[np.intp]) -> dict[str, float]:
        """Return the figures of some images (numbers), as if there were no others."""
        return self._figures(
            self._coco.accumulate(chosen),
            self._voc.average_precisions(chosen),
            self._point.rates(chosen),
        )

    def of_classes(self) -> list[dict[str, float]]:
        """Return the figures of each class on all images."""
        voc = self._voc.average_precisions(self._everything)
        return [
            self._figures(
                self.curves.of_class(label),
                voc[[label]],
                self._point.rates(self._everything, [label]),
            )
            for label in range(self._num_classes)
        ]

    def _figures(
        self, curves: CocoCurves, voc: NDArray[np.float64], rates: dict[str, float]
    ) -> dict[str, float]:
        sizes = range(1, curves.precision.shape[3])
        defined = voc[~np.isnan(voc).any(1)]
        area, points = defined.mean(0) if len(defined) else (np.nan, np.nan)
        percent = f'{100 * self._iou_thr:g}'
        return {
            'bbox_mAP': curves.mean(),
            'bbox_mAP_50': curves.mean(iou=0),
            'bbox_mAP_75': curves.mean(iou=_IOU_75),
            **{f'bbox_mAP_{"sml"[size - 1]}': curves.mean(size=size) for size in sizes},
            f'AP{percent}_area': float(area),
            f'AP{percent}_11points': float(points),
            **rates,
        }
