"""Where a scene shows land, by polygons or by a raster."""

import json
import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io import Raster, Window, open_raster
from mmsar.io.georeference import WGS84, GeoReference

_EDGE = 17  # points on a side of a tile, which is bent on the map


class SceneLand(Protocol):
    """Where a scene shows land, in its pixels."""

    def contains(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which points are on land."""
        ...

    def covers(self, window: Window) -> bool:
        """Return whether there is nothing but land in a window."""
        ...


class LandMask:
    """A file that says where land is.

    Args:
        path: GeoJSON with polygons in WGS84; or a raster that is 0 on water, with a geo-reference
            by an affine map, or of the size of the scene.

    Raises:
        DataError: It cannot be read, or has no polygons.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.shapes: Any = None
        self.raster: Raster | None = None
        if self.path.suffix.lower() in ('.json', '.geojson'):
            self.shapes = _read_polygons(self.path)
        else:
            self.raster = open_raster(self.path)

    def on(self, raster: Raster, place: GeoReference | None) -> SceneLand:
        """Lay it over a scene.

        Raises:
            DataError: It does not fit.
        """
        if self.raster is not None and self.raster.meta.shape[:2] == raster.meta.shape[:2]:
            return _SamePixels(self.raster)
        if place is None:
            raise DataError(
                f'{raster.path} has no geo-reference, so {self.path} cannot be laid over it; give '
                'a raster of its size'
            )
        if self.raster is None:
            return _Polygons(self.shapes, place)
        return _OtherRaster(self.raster, place)


class _Polygons:
    def __init__(self, shapes: Any, place: GeoReference) -> None:
        self.shapes, self.place = shapes, place

    def contains(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        from shapely import contains_xy

        return np.asarray(contains_xy(self.shapes, *self.place.lonlat(columns, rows)), np.bool_)

    def covers(self, window: Window) -> bool:
        from shapely import Polygon

        lon, lat = self.place.lonlat(*_outline(window))
        outline = Polygon(np.stack([lon, lat], axis=1)) if np.isfinite(lon).all() else None
        return outline is not None and outline.is_valid and bool(self.shapes.covers(outline))


class _SamePixels:
    def __init__(self, raster: Raster) -> None:
        self.raster = raster

    def contains(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        return _look_up(self.raster, columns, rows)

    def covers(self, window: Window) -> bool:
        return bool((self.raster.read(window, [0])[0] != 0).all())


class _OtherRaster:
    def __init__(self, raster: Raster, place: GeoReference) -> None:
        if raster.meta.transform is None or raster.meta.crs is None:
            raise DataError(
                f'{raster.path} has neither the size of the scene nor an affine geo-reference'
            )
        self.raster, self.place = raster, place
        a, b, c, d, e, f = raster.meta.transform
        self.inverse = np.linalg.inv(np.array([[a, b, c], [d, e, f], [0, 0, 1]], np.float64))

    def contains(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        return _look_up(self.raster, *self._pixels(columns, rows))

    def covers(self, window: Window) -> bool:
        x, y = self._pixels(*_outline(window))
        height, width = self.raster.meta.shape[:2]
        inside = np.isfinite(x + y).all() and min(x.min(), y.min()) >= 0
        if not inside or x.max() > width or y.max() > height:
            return False
        left, top = int(x.min()), int(y.min())
        right, bottom = min(int(x.max()) + 1, width), min(int(y.max()) + 1, height)
        part = Window(top, left, bottom - top, right - left)
        return bool((self.raster.read(part, [0])[0] != 0).all())

    def _pixels(self, columns: Any, rows: Any) -> tuple[Any, Any]:
        import rasterio.warp

        lon, lat = self.place.lonlat(columns, rows)
        x, y = rasterio.warp.transform(WGS84, self.raster.meta.crs, lon, lat)
        column, row, _ = self.inverse @ np.stack([x, y, np.ones(len(lon))])
        return column, row


def _look_up(raster: Raster, columns: Any, rows: Any) -> NDArray[np.bool_]:
    """Return which points lie in pixels that are not 0; outside there is no land."""
    height, width = raster.meta.shape[:2]
    found = np.zeros(len(columns), np.bool_)
    for number, (x, y) in enumerate(zip(columns, rows, strict=True)):
        if np.isfinite(x + y) and 0 <= x < width and 0 <= y < height:
            found[number] = raster.read((int(y), int(x), 1, 1), [0])[0].item() != 0
    return found


def _outline(window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return columns and rows of points around a window."""
    row, column, height, width = window
    steps = np.linspace(0, 1, _EDGE)[:-1]
    zero = np.zeros_like(steps)
    along = np.concatenate([steps, zero + 1, 1 - steps, zero])
    down = np.concatenate([zero, steps, zero + 1, 1 - steps])
    return column + along * width, row + down * height


def _read_polygons(path: Path) -> Any:
    """Return the polygons of a GeoJSON file as one shape."""
    from shapely import prepare, unary_union
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        items = content.get('features') or content.get('geometries') or [content]
        shapes = [shape(item.get('geometry') or item) for item in items]
    except FileNotFoundError:
        raise DataError(f'{path} does not exist') from None
    except Exception as error:  # whatever is in it
        raise DataError(f'{path} is no GeoJSON: {error}') from error
    areas = [item for item in shapes if item.geom_type in ('Polygon', 'MultiPolygon')]
    if not areas:
        raise DataError(f'{path} has no polygons')
    land = unary_union(areas)
    prepare(land)
    return land
