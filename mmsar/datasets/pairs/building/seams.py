"""Straight seams in optical images that were put together from several."""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_PIXELS = 128  # rows and columns of the image in which seams are looked for
_ANGLE = 2.0  # degrees between the directions that are tried
_GAP = 2  # pixels left out at the line, which may be blurred or not quite straight
_WIDTH = 3  # pixels of the strips beside it
_LENGTH = 0.7  # of a line, relative to the side of the image
_NOISE = 4.0  # grey levels; strips that vary less are taken for even
# First columns of four strips: one further out and one beside the line, on either side of it
_STARTS = (0, _WIDTH, 2 * _WIDTH + _GAP, 3 * _WIDTH + _GAP)


class _Direction(NamedTuple):
    """Lines that are columns once the image is turned.

    Attributes:
        turn: (2, 3), the turn.
        size: Rows and columns of the turned image.
        lines: Columns at which the left outer strips of long lines begin.
        inside: (rows, lines), where all four strips of a line are in the image.
        length: (lines,), pixels of each line.
    """

    turn: NDArray[np.float64]
    size: tuple[int, int]
    lines: slice
    inside: NDArray[np.float32]
    length: NDArray[np.float32]


def seam(grey: NDArray[np.uint8]) -> float:
    """Return how much an image (H, W) looks as if it were two images beside each other.

    Along a seam, brightness changes by a constant step over the whole length of a straight line,
    while what is on the ground goes on across it. For each line that crosses most of the patch, two
    strips on either side are compared, in steps along it. The figure is the mean step from one side
    to the other, less what the strips further out predict, divided by its standard deviation, and
    multiplied by the correlation of both sides. The largest of all lines is returned: about 0.3 to
    1.2 of natural patches. Straight roads and canals through the whole patch reach 2, as clear
    seams do, so a person must look. A seam on even ground, or right along a shore, is not seen.
    """
    small = cv2.resize(grey, (_PIXELS, _PIXELS), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()  # sums of squares stay exact
    return max(_best_line(small, direction) for direction in _directions())


def _best_line(image: NDArray[np.float32], direction: _Direction) -> float:
    turned = cv2.warpAffine(image, direction.turn, direction.size)
    total = np.cumsum(np.pad(turned, ((0, 0), (1, 0))), axis=1)
    means = (total[:, _WIDTH:] - total[:, :-_WIDTH]) / _WIDTH
    first, last = direction.lines.start, direction.lines.stop
    outer_left, left, right, outer_right = (
        means[:, first + start : last + start] * direction.inside for start in _STARTS
    )
    raw = right - left
    slope = ((outer_right - right) + (left - outer_left)) / (2 * _WIDTH)
    step = raw - slope * (_WIDTH + _GAP)
    length = direction.length
    mean, raw_mean = step.sum(0) / length, raw.sum(0) / length
    deviation = np.sqrt(_moment(step, step, length) + 1)
    clear = np.minimum(np.abs(mean), np.abs(raw_mean)) * (mean * raw_mean > 0) / deviation
    spread = np.sqrt(_moment(left, left, length) * _moment(right, right, length))
    correlation = _moment(left, right, length) / (spread + _NOISE)
    return float((clear * np.clip(correlation, 0, 1)).max())


def _moment(
    a: NDArray[np.float32], b: NDArray[np.float32], length: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the covariance of two strips along each line; of equal ones it is not negative."""
    product = np.einsum('ij,ij->j', a, b) / length - a.sum(0) * b.sum(0) / length**2
    return np.asarray(np.maximum(product, 0) if a is b else product)


@cache
def _directions() -> tuple[_Direction, ...]:
    pad = int(_PIXELS * 0.21)  # a square that is turned reaches so far beyond
    size = (_PIXELS + 2 * pad,) * 2
    directions = []
    for angle in np.arange(0, 180, _ANGLE):
        turn = cv2.getRotationMatrix2D(((_PIXELS - 1) / 2,) * 2, float(angle), 1.0)
        turn[:, 2] += pad
        known = cv2.warpAffine(np.ones((_PIXELS, _PIXELS), np.float32), turn, size) > 0.99
        count = size[0] - _STARTS[-1] - _WIDTH + 1
        reach = np.lib.stride_tricks.sliding_window_view(known, _STARTS[-1] + _WIDTH, axis=1)
        inside = np.asarray(reach[:, :count].all(axis=-1), np.float32)
        long = np.flatnonzero(inside.sum(0) >= _LENGTH * _PIXELS)
        lines = slice(int(long[0]), int(long[-1]) + 1)
        inside = inside[:, lines]
        length = inside.sum(0)
        directions.append(_Direction(turn, size, lines, inside, length))
    return tuple(directions)
