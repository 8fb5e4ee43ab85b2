"""Detections as GeoJSON (RFC 7946)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.scenes.detections import SceneDetections
from mmsar.io import replacing


def write_geojson(path: Path, found: SceneDetections) -> None:
    """Write detections as polygons with their class, score, length and width.

    Longitude and latitude in WGS84 where the scene has a geo-reference. Otherwise pixels, columns
    to the right and rows downwards, and ``coordinates`` of the collection is ``pixel``.
    """
    content = to_geojson(found)
    # One feature a line: such files can be compared.
    features = ',\n'.join(json.dumps(f, allow_nan=False) for f in content.pop('features'))
    head = json.dumps(content, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(f'{head[:-1]}, "features": [\n{features}\n]}}\n')


def to_geojson(found: SceneDetections) -> dict[str, Any]:
    """Return a FeatureCollection; see :func:`write_geojson`."""
    features = []
    for row, geometry in zip(found.rows(), geometries(found), strict=True):
        bbox = [row.pop(key) for key in ('x1', 'y1', 'x2', 'y2')]
        features.append(
            {
                'type': 'Feature',
                'id': row.pop('id'),
                'geometry': geometry,
                'properties': {**row, 'pixel_box': bbox},
            }
        )
    return {
        'type': 'FeatureCollection',
        'coordinates': 'pixel' if found.corners is None else 'WGS84',
        'scene': Path(found.name).name,
        'rows': found.shape[0],
        'columns': found.shape[1],
        'features': features,
    }


def geometries(found: SceneDetections) -> list[dict[str, Any]]:
    """Return a polygon for each detection, two where it lies over the antimeridian."""
    if found.corners is None:
        rings = found.boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
        # Counter-clockwise as seen with rows downwards, as all polygons of pixels are drawn.
        return [_polygon([_closed(ring)]) for ring in rings]
    shapes = []
    for ring in found.corners:
        if not np.isfinite(ring).all():
            shapes.append({'type': 'Polygon', 'coordinates': []})
        elif np.ptp(ring[:, 0]) > 180:
            shapes.append(_cut(ring))
        else:
            shapes.append(_polygon([_closed(_turned(ring))]))
    return shapes


def _cut(ring: NDArray[np.float64]) -> dict[str, Any]:
    """Cut a polygon at 180 degrees, as the standard asks."""
    from shapely import Polygon, box

    east = ring.copy()
    east[:, 0] %= 360
    parts = []
    for side, shift in ((box(0, -90, 180, 90), 0), (box(180, -90, 360, 90), -360)):
        part = Polygon(east).intersection(side)
        if part.geom_type == 'Polygon' and not part.is_empty:
            points = np.array(part.exterior.coords)[:-1]
            parts.append([_closed(_turned(points + np.array([shift, 0])).round(7))])
    return {'type': 'MultiPolygon', 'coordinates': parts}


def _polygon(rings: list[list[list[float]]]) -> dict[str, Any]:
    return {'type': 'Polygon', 'coordinates': rings}


def _turned(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a ring (N, 2) that goes counter-clockwise."""
    x, y = (ring - ring[0]).T
    area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return ring if area >= 0 else ring[::-1]


def _closed(ring: NDArray[np.float64]) -> list[list[float]]:
    return [*ring.tolist(), ring[0].tolist()]
