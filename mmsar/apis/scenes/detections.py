"""What is found in a scene."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.io.georeference import GeoReference, metres

_PIXEL_DIGITS, _SCORE_DIGITS, _DEGREE_DIGITS = 2, 4, 7


@dataclass(frozen=True, eq=False)
class SceneDetections:
    """What a detector finds in a scene, in descending order of scores.

    Attributes:
        name: Of the scene.
        shape: Rows and columns of it.
        classes: Their names.
        boxes: (N, 4), x1, y1, x2, y2 in pixels of the scene, from the corner of its first pixel.
        scores: (N,), 0 to 1.
        labels: (N,), numbers of the classes.
        corners: (N, 4, 2), longitude and latitude in degrees (WGS84) of the corners of the boxes,
            from the upper left one to the right; None where the scene has no geo-reference.
        sides: (N, 2), width and height of the boxes in metres, NaN where unknown.
        tiles: Number of tiles that went through the network.
        skipped: Number of tiles that did not: without data, or on land.
    """

    name: str
    shape: tuple[int, int]
    classes: tuple[str, ...]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]
    corners: NDArray[np.float64] | None = None
    sides: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    tiles: int = 0
    skipped: int = 0

    def __len__(self) -> int:
        """Return the number of detections."""
        return len(self.boxes)

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Longer side (N,) of the boxes in metres; a ship that lies askew is longer."""
        return self.sides.max(axis=1)

    @property
    def widths(self) -> NDArray[np.float64]:
        """Shorter side (N,) of the boxes in metres."""
        return self.sides.min(axis=1)

    @property
    def centres(self) -> NDArray[np.float64] | None:
        """Longitude and latitude (N, 2) of the middle of the corners, None without reference."""
        if self.corners is None:
            return None
        first = self.corners[:, :1, 0]
        turned = self.corners.copy()  # on one side of the antimeridian
        turned[..., 0] = first + (self.corners[..., 0] - first + 180) % 360 - 180
        middle = turned.mean(axis=1)
        middle[:, 0] = (middle[:, 0] + 180) % 360 - 180
        return np.asarray(middle)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dictionary a detection, of plain values."""
        centres = self.centres
        found = []
        for number, box in enumerate(self.boxes.tolist()):
            row: dict[str, Any] = {
                'id': number + 1,
                'class': self.classes[int(self.labels[number])],
                'score': float(self.scores[number]),
                **dict(zip(('x1', 'y1', 'x2', 'y2'), box, strict=True)),
                'length_m': _number(self.lengths[number]),
                'width_m': _number(self.widths[number]),
            }
            if centres is not None:
                row['lon'], row['lat'] = centres[number].round(_DEGREE_DIGITS).tolist()
            found.append(row)
        return found


def locate(
    detections: Mapping[str, Any],
    name: str,
    shape: tuple[int, int],
    classes: tuple[str, ...],
    place: GeoReference | None,
    spacing: tuple[float, float] | None,
) -> SceneDetections:
    """Round detections, and find where they are on the ground.

    Args:
        detections: ``boxes``, ``scores``, ``labels``, ``tiles``, ``skipped``.
        name: Of the scene.
        shape: Of it.
        classes: Names.
        place: Where its pixels are, or None.
        spacing: Of its rows and columns in metres, where there is no place.
    """
    boxes = np.asarray(detections['boxes'], np.float64).reshape(-1, 4).round(_PIXEL_DIGITS)
    scores = np.asarray(detections['scores'], np.float64).round(_SCORE_DIGITS)
    corners = None
    sides = np.full((len(boxes), 2), np.nan)
    if place is not None:
        lon, lat = place.lonlat(boxes[:, [0, 2, 2, 0]], boxes[:, [1, 1, 3, 3]])
        following = (lon[:, [1, 2, 3, 0]], lat[:, [1, 2, 3, 0]])
        edges = metres(lon, lat, *following).reshape(-1, 4)
        sides = (edges[:, :2] + edges[:, 2:]) / 2
        corners = np.stack([lon, lat], axis=-1).round(_DEGREE_DIGITS)
    elif spacing is not None:
        sides = (boxes[:, 2:] - boxes[:, :2]) * spacing[::-1]
    return SceneDetections(
        name,
        shape,
        classes,
        boxes,
        scores,
        np.asarray(detections['labels'], np.int64),
        corners,
        sides,
        int(detections['tiles']),
        int(detections['skipped']),
    )


def _number(value: float) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None
