"""TIFF and GeoTIFF files, through GDAL."""

import contextlib
import re
import warnings
from collections.abc import Iterator
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError, MMSARError
from mmsar.io.georeference import GeoReference, control_points, rational
from mmsar.io.meta import DOMAINS, POLARISATIONS, RasterMeta
from mmsar.io.raster import Raster, Window

# GDAL keeps decoded blocks, by default in 5 % of the machine's memory.
CACHE_BYTES = 64 * 2**20
DOMAIN_TAG = 'MMSAR_DOMAIN'
SPACING_TAG = 'MMSAR_PIXEL_SPACING'
_METRES_PER_DEGREE = 111_195.0  # of latitude, mean Earth radius 6371.0 km


def import_rasterio() -> Any:
    """Import rasterio.

    Raises:
        MMSARError: It is not installed.
    """
    try:
        import rasterio
    except ImportError:
        raise MMSARError(
            "TIFF files need rasterio; install it in mmsar's folder with: pip install -e '.[geo]'"
        ) from None
    return rasterio


@contextlib.contextmanager
def gdal(rasterio: Any) -> Iterator[None]:
    """Keep GDAL's cache small; a file without geo-reference is an image like any other."""
    with warnings.catch_warnings(), rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES):
        warnings.simplefilter('ignore', rasterio.errors.NotGeoreferencedWarning)
        yield


def open_tiff(path: Path, name: str | None = None) -> Raster:
    """Open a TIFF file."""
    return TiffRaster(path)


class TiffRaster(Raster):
    """A TIFF file. A window reads the tiles or strips it touches, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rasterio = import_rasterio()
        try:
            with gdal(self._rasterio):
                self._file = self._rasterio.open(path, driver='GTiff')
        except self._rasterio.errors.RasterioError as error:
            raise DataError(f'{path} is truncated or damaged: {error}') from None
        self.meta = _describe(self._file)

    def _load(self, window: Window, bands: tuple[int, ...]) -> NDArray[Any]:
        row, column, height, width = window
        try:
            with gdal(self._rasterio):
                array = self._file.read(
                    [band + 1 for band in bands],
                    window=self._rasterio.windows.Window(column, row, width, height),
                )
        except self._rasterio.errors.RasterioError as error:
            cause = error.__cause__ or error
            raise DataError(f'{self.path} is truncated or damaged: {cause}') from None
        return np.moveaxis(array, 0, -1)

    def georeference(self, height: float = 0.0) -> GeoReference | None:
        """Return where its pixels are on the ground; see :class:`mmsar.io.Raster`.

        Of an affine map, ground-control points and RPC, the first one that the file has.
        """
        known = super().georeference(height)
        if known is not None:
            return known
        points, crs = self._file.gcps
        if points and crs:
            return control_points(points, crs)
        return rational(self._file.rpcs, height) if self._file.rpcs else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _describe(file: Any) -> RasterMeta:
    tags = {key: str(value) for key, value in file.tags().items()}
    kinds = sorted(set(file.dtypes))
    crs = file.crs
    transform = None if file.transform.is_identity else tuple(file.transform)[:6]
    domain = tags.get(DOMAIN_TAG)
    if domain not in DOMAINS:
        domain = 'complex' if kinds[0].startswith('complex') else None
    return RasterMeta(
        shape=(file.height, file.width, file.count),
        dtype=', '.join(kinds),
        domain=domain,
        pixel_spacing=_spacing(file, transform, tags),
        crs=(crs.to_string() if crs else None),
        transform=transform,
        polarisations=_polarisations(file, tags),
        nodata=file.nodata,
        tags=tags,
    )


def _spacing(
    file: Any, transform: tuple[float, ...] | None, tags: dict[str, str]
) -> tuple[float, float] | None:
    """Return the distance of rows and of columns in metres."""
    if SPACING_TAG in tags:
        row, column = tags[SPACING_TAG].split(',')
        return float(row), float(column)
    if transform is None or not file.crs:
        return None
    a, b, _, d, e, f = transform
    if file.crs.is_geographic:
        latitude = f + d * file.width / 2 + e * file.height / 2
        north = _METRES_PER_DEGREE
        east = north * cos(radians(latitude))
    else:
        east = north = file.crs.linear_units_factor[1]
    return hypot(b * east, e * north), hypot(a * east, d * north)


def _polarisations(file: Any, tags: dict[str, str]) -> tuple[str, ...]:
    """Read them from the names of the bands, a tag, or the name of a Sentinel-1 file."""
    names = [
        _one_polarisation(text or '')
        for text in (file.descriptions if any(file.descriptions) else [])
    ]
    if not names:
        text = next((v for k, v in tags.items() if k.upper().startswith('POLARI')), '')
        text = text or Path(file.name).stem
        names = [_one_polarisation(part) for part in re.split(r'[,;/ ]+', text)]
    found = tuple(name for name in names if name)
    return found if len(found) == file.count else ()


def _one_polarisation(text: str) -> str | None:
    words = re.split(r'[^A-Z]+', text.upper())
    return next((word for word in words if word in POLARISATIONS), None)
