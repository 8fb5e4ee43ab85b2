"""Figures of points in radar images: width, sidelobes, and whether two are separated.

Definitions as in Cumming and Wong, Digital Processing of Synthetic Aperture Radar Data, 2005,
section 2.3 and appendix 2A.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, maximum_filter

from mmsar.errors import DataError

FINE = 16  # samples a pixel, of interpolated profiles
_AROUND = 12  # pixels that splines reach
LOWEST = -100.0  # dB, of profiles that fall to nothing
SEPARATED_DB = 3.0  # depth of the valley from which on two points count as separated


def isolated_peaks(
    amplitude: NDArray[Any], lobe: int = 3, distance: int = 8, below: float = 12.0, count: int = 16
) -> NDArray[np.int64]:
    """Find points that stand alone: nothing comes near their level in a ring around them.

    Args:
        amplitude: (H, W).
        lobe: Pixels around the point that belong to it.
        distance: Pixels around it, farther than ``lobe``, where all is ``below`` dB weaker.
        below: See there.
        count: The strongest so many.

    Returns:
        (P, 2), rows and columns, the strongest first; those nearer than ``distance`` to the border
        are left out.
    """
    image = np.asarray(amplitude, float)
    y, x = np.mgrid[-distance : distance + 1, -distance : distance + 1]
    radius = np.hypot(y, x)
    ring = maximum_filter(image, footprint=(radius > lobe) & (radius <= distance))
    own = maximum_filter(image, footprint=radius <= lobe)
    found = (image == own) & (image > 0) & (ring <= image * 10 ** (-below / 20))
    found[:distance] = found[-distance:] = False
    found[:, :distance] = found[:, -distance:] = False
    places = np.argwhere(found)
    return places[np.argsort(-image[found], kind='stable')][:count]


def profile(
    amplitude: NDArray[Any], place: NDArray[Any], axis: int, reach: int
) -> NDArray[np.float64]:
    """Return the amplitudes along an axis through a point, :data:`FINE` samples a pixel.

    Cubic splines interpolate: of images that are sampled little above their bandwidth the width
    comes out to a few percent; form them with more pixels for more.

    Args:
        amplitude: (H, W).
        place: (2,), row and column.
        axis: 0 along rows (range), 1 along columns (cross-range).
        reach: Pixels to either side.
    """
    steps = np.arange(-reach * FINE, reach * FINE + 1) / FINE
    along = np.zeros((2, len(steps)))
    along[axis] = steps
    # Splines of the surroundings alone: farther pixels have no weight to speak of
    first = np.maximum(np.asarray(place, int) - reach - _AROUND, 0)
    end = np.asarray(place, int) + reach + _AROUND + 1
    part = np.asarray(amplitude, float)[first[0] : end[0], first[1] : end[1]]
    around = np.reshape(place - first, (2, 1)) + along
    return np.maximum(map_coordinates(part, around, order=3, mode='nearest'), 0)


def width_3db(line: NDArray[Any]) -> float:
    """Return the width of the strongest peak at half its power, in samples (IRW).

    Where the amplitude falls below 1 / sqrt(2) of the peak is interpolated linearly. A rectangular
    band has 0.886 resolution cells, Hamming's window 1.30.

    Args:
        line: (n,), amplitudes.

    Returns:
        NaN if it does not fall so far on both sides.
    """
    values = np.asarray(line, float)
    peak = int(values.argmax())
    level = values[peak] * math.sqrt(0.5)
    width = 0.0
    for side in (values[peak:], values[peak::-1]):
        under = np.flatnonzero(side < level)
        if not len(under) or values[peak] <= 0:
            return math.nan
        after = int(under[0])
        width += after - 1 + (side[after - 1] - level) / (side[after - 1] - side[after])
    return float(width)


def sidelobe_ratios(line: NDArray[Any]) -> tuple[float, float]:
    """Return the peak and the integrated sidelobe ratio of the strongest peak, in dB.

    PSLR = 20 log10(largest amplitude beyond the main lobe / peak); ISLR = 10 log10(energy beyond
    the main lobe / energy of it). The main lobe ends at the first minima. A rectangular band has
    -13.3 dB and, over all sidelobes, -9.7 dB; at least -100.

    Args:
        line: (n,), amplitudes of one point; other points count as sidelobes.

    Returns:
        NaN if the main lobe has no end in it.
    """
    values = np.asarray(line, float)
    peak = int(values.argmax())
    ends = []
    for side in (values[peak:], values[peak::-1]):
        rising = np.flatnonzero(np.diff(side) >= 0)
        if not len(rising) or values[peak] <= 0:
            return math.nan, math.nan
        ends.append(int(rising[0]))
    inside = slice(peak - ends[1], peak + ends[0] + 1)
    energy = np.square(values)
    outside = float(np.delete(energy, inside).sum())
    beyond = float(np.delete(values, inside).max(initial=0))
    return _db(beyond**2 / values[peak] ** 2), _db(outside / float(energy[inside].sum()))


def separation_dip(amplitude: NDArray[Any], points: NDArray[Any]) -> float:
    """Return how deep the valley between two points is, in dB: 0 if they are one.

    dip = 20 log10(the weaker of both peaks / the least amplitude between them), on the straight
    line through both. From 3 dB on they are taken for separated (:data:`SEPARATED_DB`); Rayleigh's
    criterion for sinc**2 is 0.9 dB in this measure.

    Args:
        amplitude: (H, W).
        points: (2, 2), rows and columns where they are in truth.

    Returns:
        0 to 100; 0 too if there is nothing.

    Raises:
        DataError: It is not two points.
    """
    first, second = _two(points)
    length = float(np.linalg.norm(second - first))
    # Half as far beyond the points: a peak may lie outside of them
    places = np.linspace(-0.5, 1.5, max(8, 2 * round(length * FINE)) * 2 + 1)
    line = first[:, None] + np.outer(second - first, places)
    values = map_coordinates(np.asarray(amplitude, float), line, order=3, mode='nearest')
    values = np.maximum(values, 0)
    middle = len(values) // 2
    left, right = int(values[: middle + 1].argmax()), middle + int(values[middle:].argmax())
    weaker = min(values[left], values[right])
    if weaker <= 0:
        return 0.0
    return float(-_db((values[left : right + 1].min() / weaker) ** 2))


def sidelobe_level(amplitude: NDArray[Any], points: NDArray[Any], lobe: float) -> float:
    """Return the largest amplitude far from all points over the largest of all, in dB.

    Args:
        amplitude: (H, W).
        points: (P, 2), rows and columns.
        lobe: Pixels around a point that belong to it.

    Returns:
        At least -100; NaN of a black image.
    """
    image = np.asarray(amplitude, float)
    rows, columns = np.indices(image.shape)
    far = np.ones(image.shape, bool)
    for row, column in np.asarray(points):
        far &= np.hypot(rows - row, columns - column) > lobe
    if image.max() <= 0 or not far.any():
        return math.nan
    return _db((image[far].max() / image.max()) ** 2)


def _two(points: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = np.asarray(points, float)
    if values.shape != (2, 2):
        raise DataError(f'points has shape {values.shape}; give rows and columns of two: (2, 2)')
    return values[0], values[1]


def _db(ratio: float) -> float:
    return max(LOWEST, 10 * math.log10(ratio)) if ratio > 0 else LOWEST
