"""Detections as a GeoPackage, which is an SQLite file.

Source: OGC GeoPackage Encoding Standard 1.3, clauses 1.1 and 2.1.
"""

import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from mmsar.apis.scenes.detections import SceneDetections
from mmsar.apis.scenes.geojson import geometries
from mmsar.errors import DataError
from mmsar.io import replacing

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)
_SCHEMA = """
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
  description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT '2000-01-01T00:00:00.000Z', min_x DOUBLE, min_y DOUBLE,
  max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  PRIMARY KEY (table_name, column_name));
CREATE TABLE detections (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom GEOMETRY,
  class TEXT, score DOUBLE, length_m DOUBLE, width_m DOUBLE, x1 DOUBLE, y1 DOUBLE, x2 DOUBLE,
  y2 DOUBLE);
INSERT INTO gpkg_geometry_columns VALUES ('detections', 'geom', 'GEOMETRY', 4326, 0, 0);
"""
_SYSTEMS = (
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', None),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', None),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326, _WGS84, None),
)
_FIELDS = ('id', 'class', 'score', 'length_m', 'width_m', 'x1', 'y1', 'x2', 'y2')


def write_geopackage(path: Path, found: SceneDetections) -> None:
    """Write a table ``detections`` of polygons in WGS84.

    Raises:
        DataError: The scene has no geo-reference.
    """
    if found.corners is None:
        raise DataError(f'{found.name} has no geo-reference, and a GeoPackage is for maps')
    corners = found.corners.reshape(-1, 2)
    bounds = [*corners.min(0).tolist(), *corners.max(0).tolist()] if len(corners) else [None] * 4
    rows = [
        (row['id'], _geometry(shape), *(row[key] for key in _FIELDS[1:]))
        for row, shape in zip(found.rows(), geometries(found), strict=True)
    ]
    with replacing(path) as temporary:
        temporary.unlink()
        with closing(sqlite3.connect(temporary)) as file, file:
            file.executescript(_SCHEMA)
            file.executemany('INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)', _SYSTEMS)
            file.execute(
                'INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, '
                "max_x, max_y, srs_id) VALUES ('detections', 'features', 'detections', "
                '?, ?, ?, ?, 4326)',
                bounds,
            )
            names = ', '.join(('id', 'geom', *_FIELDS[1:]))
            marks = ', '.join('?' * (len(_FIELDS) + 1))
            file.executemany(f'INSERT INTO detections ({names}) VALUES ({marks})', rows)


def _geometry(shape: dict[str, Any]) -> bytes:
    """Return the binary form of a polygon or of several: a header, and well-known binary."""
    header = b'GP' + struct.pack('<BBi', 0, 1, 4326)
    if shape['type'] == 'Polygon':
        return header + _polygon(shape['coordinates'])
    parts = shape['coordinates']
    return header + struct.pack('<BII', 1, 6, len(parts)) + b''.join(map(_polygon, parts))


def _polygon(rings: Sequence[Sequence[Sequence[float]]]) -> bytes:
    parts = [struct.pack('<BII', 1, 3, len(rings))]
    for ring in rings:
        parts.append(struct.pack('<I', len(ring)))
        parts += [struct.pack('<dd', *point) for point in ring]
    return b''.join(parts)
