"""Average precision as PASCAL VOC defines it, from true and false detections."""

import numpy as np
from numpy.typing import NDArray


def average_precisions(true: NDArray[np.bool_], objects: int) -> tuple[float, float]:
    """Return the average precision of one class, by both definitions.

    Precision at a recall is the largest one at this recall or a larger one. Since 2010, VOC takes
    the area below that curve; VOC2007 takes its mean at the recalls 0, 0.1, ..., 1.

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge: A Retrospective, 2015,
    section 2.3.1 (area); The PASCAL Visual Object Classes Challenge, 2010, section 4.2 (11 points).

    Args:
        true: (N,), in descending order of scores; False is a false alarm.
        objects: Number of objects that should be found.

    Returns:
        Area and mean of 11 points; NaN without objects.
    """
    if not objects:
        return float('nan'), float('nan')
    hits = np.cumsum(true)
    recall = hits / objects
    precision = hits / np.arange(1, len(true) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    area = float((np.diff(recall, prepend=0) * envelope).sum())
    # Tenths as quotients: 3 of 10 objects then reach 0.3, which 3 * 0.1 exceeds.
    first = np.searchsorted(recall, np.arange(11) / 10)
    return area, float(np.append(envelope, 0)[first].mean())
