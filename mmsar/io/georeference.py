"""Where the pixels of a raster are on the ground: longitude and latitude in WGS84."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmsar.io.meta import Affine

WGS84 = 'EPSG:4326'
Points = tuple[NDArray[np.float64], NDArray[np.float64]]
_METRES = 111_132.954, 559.822, 1.175  # of a degree of latitude, WGS84: mean and series


class _Place(Protocol):
    def __call__(self, columns: Any, rows: Any, /) -> Points: ...


class GeoReference:
    """From pixels to longitude and latitude.

    Pixels are counted from the corner of the image: the centre of the first one is (0.5, 0.5), as
    boxes of detectors are. Use :func:`affine`, :func:`control_points` or :func:`rational`.

    Args:
        place: From columns and rows to coordinates of the CRS.
        crs: Coordinate reference system of these.
    """

    def __init__(self, place: _Place, crs: Any) -> None:
        self._place, self.crs = place, crs

    def lonlat(self, columns: ArrayLike, rows: ArrayLike) -> Points:
        """Return longitudes and latitudes in degrees, of the shape of the columns.

        Points that the reference system cannot place are not finite.
        """
        x, y = (np.asarray(values, np.float64) for values in (columns, rows))
        shape = np.broadcast_shapes(x.shape, y.shape)
        x, y = (np.broadcast_to(values, shape).ravel() for values in (x, y))
        if not x.size:
            return np.zeros(shape), np.zeros(shape)
        return tuple(values.reshape(shape) for values in to_wgs84(self.crs, *self._place(x, y)))  # type: ignore[return-value]


def affine(transform: Affine, crs: Any) -> GeoReference:
    """Return the reference of a map: x = a * column + b * row + c, and y likewise."""
    a, b, c, d, e, f = transform
    return GeoReference(lambda x, y: (a * x + b * y + c, d * x + e * y + f), crs)


def control_points(points: Sequence[Any], crs: Any) -> GeoReference:
    """Return the reference of ground-control points, such as those of Sentinel-1.

    On a regular grid of at least 4 x 4 points, cubic splines pass through all of them; otherwise
    thin-plate splines do, or, with fewer than ten points, polynomials come close.

    Args:
        points: With ``row``, ``col``, ``x`` and ``y``, as rasterio gives them.
        crs: Of x and y.
    """
    table = np.array([(p.row, p.col, p.x, p.y) for p in points], np.float64)
    east = table[:, 2]
    if _is_geographic(crs) and np.ptp(east) > 180:  # over the antimeridian
        table[:, 2] = np.where(east < 0, east + 360, east)
    grid = _grid_splines(table)
    if grid is not None:
        return GeoReference(grid, crs)
    from rasterio.control import GroundControlPoint
    from rasterio.transform import GCPTransformer

    kept = [GroundControlPoint(*row) for row in table.tolist()]
    transformer = GCPTransformer(kept, tps=len(kept) >= 10)
    return GeoReference(_by_rasterio(transformer, None), crs)


def rational(coefficients: Any, height: float = 0.0) -> GeoReference:
    """Return the reference of rational polynomial coefficients (RPC).

    Args:
        coefficients: As rasterio gives them.
        height: Of the ground above the ellipsoid, in metres: the sea's is that of the geoid.
    """
    from rasterio.transform import RPCTransformer

    return GeoReference(_by_rasterio(RPCTransformer(coefficients), height), WGS84)


def to_wgs84(crs: Any, x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
    """Return longitudes from -180 to 180 and latitudes of coordinates of a CRS."""
    import rasterio.warp

    lon, lat = rasterio.warp.transform(crs, WGS84, x, y)
    longitude = np.asarray(lon, np.float64)
    return (longitude + 180) % 360 - 180, np.asarray(lat, np.float64)


def metres(
    lon: NDArray[np.float64], lat: NDArray[np.float64], lon2: Any, lat2: Any
) -> NDArray[np.float64]:
    """Return the distance of points that are near one another, on the WGS84 ellipsoid."""
    middle = np.radians((np.asarray(lat) + lat2) / 2)
    mean, second, fourth = _METRES
    north = mean - second * np.cos(2 * middle) + fourth * np.cos(4 * middle)
    east = 111_412.84 * np.cos(middle) - 93.5 * np.cos(3 * middle) + 0.118 * np.cos(5 * middle)
    turn = (np.asarray(lon2) - lon + 180) % 360 - 180
    return np.asarray(np.hypot(turn * east, (np.asarray(lat2) - lat) * north))


def _grid_splines(table: NDArray[np.float64]) -> _Place | None:
    """Return splines through points on a regular grid, None if they lie otherwise."""
    from scipy.interpolate import RectBivariateSpline

    rows, columns = np.unique(table[:, 0]), np.unique(table[:, 1])
    if min(len(rows), len(columns)) < 4 or len(rows) * len(columns) != len(table):
        return None
    order = np.lexsort((table[:, 1], table[:, 0]))
    if len(np.unique(table[:, :2], axis=0)) != len(table):
        return None
    values = table[order, 2:].reshape(len(rows), len(columns), 2)
    splines = [RectBivariateSpline(rows, columns, values[..., i]) for i in (0, 1)]
    return lambda x, y: (splines[0](y, x, grid=False), splines[1](y, x, grid=False))


def _by_rasterio(transformer: Any, height: float | None) -> _Place:
    def place(columns: Any, rows: Any) -> Points:
        zs = None if height is None else np.full(len(rows), height)
        x, y = transformer.xy(rows, columns, zs=zs, offset='ul')
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    return place


def _is_geographic(crs: Any) -> bool:
    return bool(getattr(crs, 'is_geographic', False))
