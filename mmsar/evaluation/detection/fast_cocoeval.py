"""pycocotools' evaluation with a faster matching."""

from typing import Any

import numpy as np
from pycocotools.cocoeval import COCOeval


class FastCOCOeval(COCOeval):
    """Gives the same results, but looks only at pairs that overlap enough.

    pycocotools compares each detection with each object at each threshold, in Python. A large
    scene has 10,000 detections, of which hundreds lie on objects.
    """

    def evaluateImg(
        self, image: int, category: int, size: list[float], max_dets: int
    ) -> dict[str, Any] | None:
        """Match the detections of an image and class (called by pycocotools).

        Args:
            image: Its number.
            category: That of the class.
            size: Objects of an area below the first or above the second number are ignored.
            max_dets: So many detections of the highest scores count.

        Returns:
            What :meth:`accumulate` reads: for T thresholds, D detections and G objects,
            ``dtScores`` (D,), ``dtMatches`` (T, D), ``dtIgnore`` (T, D), ``gtIgnore`` (G,); None
            where there is nothing.
        """
        objects, found = self._gts[image, category], self._dts[image, category]
        if not objects and not found:
            return None
        found = sorted(found, key=lambda item: -item['score'])[:max_dets]
        ignored = [
            bool(item['ignore']) or not size[0] <= item['area'] <= size[1] for item in objects
        ]
        outside = [not size[0] <= item['area'] <= size[1] for item in found]
        thresholds = np.minimum(self.params.iouThrs, 1 - 1e-10)
        # For each detection that lies on objects: how good a choice they are. One that is not
        # ignored comes first, then the largest overlap, and of equal ones the last.
        choices: dict[int, list[tuple[bool, float, int]]] = {}
        overlap = np.asarray(self.ious[image, category]).reshape(len(found), len(objects))
        for row, column in np.argwhere(overlap >= thresholds.min()).tolist():
            choice = (not ignored[column], float(overlap[row, column]), column)
            choices.setdefault(row, []).append(choice)
        matched = np.zeros((len(thresholds), len(found)), np.bool_)
        neither = np.tile(np.array(outside, np.bool_), (len(thresholds), 1))
        for number, threshold in enumerate(thresholds.tolist()):
            free = [True] * len(objects)
            for row, offered in choices.items():
                left = [one for one in offered if one[1] >= threshold and free[one[2]]]
                if left:
                    counts, _, column = max(left)
                    matched[number, row] = True
                    neither[number, row] = not counts
                    free[column] = bool(objects[column]['iscrowd'])  # a crowd takes any number
        return {
            'dtScores': [item['score'] for item in found],
            'dtMatches': matched,
            'dtIgnore': neither,
            'gtIgnore': np.array(ignored, np.bool_),
        }
