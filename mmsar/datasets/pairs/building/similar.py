"""Patches that show the same thing twice."""

import cv2
import numpy as np
from numpy.typing import NDArray

_PIXELS = 32
_DETAIL = 4.0  # pixels of the thumbnail; coarser variation is left out
_BATCH = 256


def describe(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a description (1024,) of an image (H, W), of length 1.

    It is a thumbnail without its coarse brightness, which all coasts have in common. The
    correlation of two descriptions is above 0.9 for one patch under other light, or moved by a
    hundredth of its side, and below 0.4 for patches of different ground.
    """
    small = cv2.resize(grey, (_PIXELS, _PIXELS), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= cv2.GaussianBlur(small, (0, 0), _DETAIL)
    small -= small.mean()
    return np.asarray(small.ravel() / max(float(np.linalg.norm(small)), 1e-6), np.float32)


def find_similar(
    descriptions: NDArray[np.float32], limit: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Compare each patch with those before it that are not themselves repetitions.

    Args:
        descriptions: (N, D), from :func:`describe`.
        limit: Correlation above which a patch is a repetition.

    Returns:
        For each patch the highest correlation (N,), 0 if there is none above 0, and the place of
        the patch it is with (N,), -1 if there is none.
    """
    count = len(descriptions)
    highest, place = np.zeros(count), np.full(count, -1, np.int64)
    first = np.ones(count, bool)  # not a repetition
    for begin in range(0, count, _BATCH):
        end = min(begin + _BATCH, count)
        correlation = descriptions[begin:end] @ descriptions[:end].T
        for number in range(begin, end):
            row = np.where(first[:number], correlation[number - begin, :number], 0)
            if row.size and row.max() > 0:
                highest[number], place[number] = row.max(), row.argmax()
            first[number] = highest[number] <= limit
    return highest, place
