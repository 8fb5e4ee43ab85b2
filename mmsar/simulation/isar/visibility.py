"""What the radar sees of a spacecraft from one side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsar.simulation.isar.scatterers import Array, Box, Points

# Solid boxes are so much smaller than they look, so that points on them are not inside of them.
_SKIN = 0.02


def seen_amplitudes(
    points: Points, boxes: Sequence[Box], to_radar: Array
) -> NDArray[np.complex128]:
    """Return the amplitudes of points as seen from one direction.

    Surfaces follow the cosine of the angle to their normal, and do not scatter backwards. A point
    is hidden where a box lies between it and the radar. There is neither multiple reflection nor
    diffraction, and the small turn during the aperture changes nothing.

    Args:
        points: N of them.
        boxes: Those that hide.
        to_radar: (3,), of unit length.

    Returns:
        (N,), complex; zero where nothing is seen.
    """
    facing = np.clip(points.normals @ to_radar, 0, None)
    rough = np.any(points.normals, axis=1)
    return points.amplitudes * np.where(rough, facing, 1.0) * ~hidden(points, boxes, to_radar)


def hidden(points: Points, boxes: Sequence[Box], to_radar: Array) -> NDArray[np.bool_]:
    """Return which points a box hides: a ray to the radar meets it (slab method)."""
    result = np.zeros(len(points.positions), bool)
    for box in boxes:
        start = (points.positions - box.centre) @ box.axes.T
        direction = box.axes @ to_radar
        # A ray along a face never leaves its slab.
        direction = np.where(np.abs(direction) < 1e-9, 1e-9, direction)
        half = np.maximum(box.half - _SKIN, box.half / 4)
        first, second = (-half - start) / direction, (half - start) / direction
        enter = np.minimum(first, second).max(axis=1)
        leave = np.maximum(first, second).min(axis=1)
        result |= (leave > np.maximum(enter, 0)) & (leave > 1e-6)
    return result
