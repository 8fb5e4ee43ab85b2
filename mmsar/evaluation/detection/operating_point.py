"""Detection probability and false alarms of a detector at one threshold on its scores."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsar.evaluation.detection.matching import FALSE, TRUE, match_greedily
from mmsar.evaluation.detection.records import Detections, ImageRecord
from mmsar.evaluation.detection.voc import count_objects


class OperatingPoint:
    """Counts once; then gives rates of all images or some of them, of all classes or one.

    Args:
        images: Predictions and annotations.
        num_classes: Number of classes.
        iou_thr: IoU from which a detection shows an object.
        score_thr: Detections below this score are left out.
    """

    def __init__(
        self, images: Sequence[ImageRecord], num_classes: int, iou_thr: float, score_thr: float
    ) -> None:
        self._objects = count_objects(images, num_classes)
        self._found = np.zeros_like(self._objects)
        self._false = np.zeros_like(self._objects)
        self._km2 = np.array([image.km2 for image in images], np.float64)
        for number, image in enumerate(images):
            every = image.detections
            kept = every.scores >= score_thr
            shown = Detections(every.boxes[kept], every.scores[kept], every.labels[kept])
            outcome = match_greedily(shown, image.truth, iou_thr)
            for counts, kind in ((self._found, TRUE), (self._false, FALSE)):
                counts[number] = np.bincount(shown.labels[outcome == kind], minlength=num_classes)

    def rates(
        self, chosen: NDArray[np.intp], labels: Sequence[int] | slice = slice(None)
    ) -> dict[str, float]:
        """Return the rates.

        Args:
            chosen: Numbers of the images.
            labels: Numbers of the classes.

        Returns:
            ``Pd``, ``false_alarms_per_image``, ``false_alarms_per_km2``, ``precision``, ``F1``;
            NaN where undefined.
        """
        found, false, objects = (
            float(counts[chosen][:, labels].sum())
            for counts in (self._found, self._false, self._objects)
        )
        return {
            'Pd': _ratio(found, objects),
            'false_alarms_per_image': _ratio(false, len(chosen)),
            'false_alarms_per_km2': _ratio(false, float(self._km2[chosen].sum())),
            'precision': _ratio(found, found + false),
            'F1': _ratio(2 * found, found + false + objects),
        }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float('nan')
