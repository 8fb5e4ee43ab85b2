"""Writing rasters."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mmsar.errors import DataError
from mmsar.io.atomic import replacing
from mmsar.io.formats.tiff import DOMAIN_TAG, SPACING_TAG, gdal, import_rasterio
from mmsar.io.meta import RasterMeta

TIFF_BLOCK = 256  # rows and columns
_TIFF_TYPES = ('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64')
_TIFF_COMPLEX_TYPES = ('complex64', 'complex128')


def write_raster(
    path: str | os.PathLike[str],
    array: ArrayLike,
    meta: RasterMeta | None = None,
    dtype: DTypeLike | None = None,
) -> None:
    """Write a raster, whole or not at all.

    GeoTIFF (``.tif``, ``.tiff``; tiled, compressed without loss) keeps the description. PNG and
    NPY keep the values only.

    Args:
        path: The suffix chooses the format.
        array: (H, W) or (H, W, C). PNG: 1, 3 or 4 channels of uint8 or uint16.
        meta: Description, as :func:`mmsar.io.read_raster` returns it; of its fields, ``domain``,
            ``pixel_spacing``, ``crs``, ``transform``, ``polarisations`` and ``nodata`` are kept.
        dtype: Type on disk. Values are rounded for an integer type. Default: that of the array.

    Raises:
        DataError: The values do not fit the type, or the format cannot hold it.
    """
    path = Path(path)
    pixels = np.asarray(array)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.size == 0:
        raise DataError(f'{path}: cannot write shape {pixels.shape}; give (H, W) or (H, W, C)')
    if dtype is not None:
        pixels = _convert(pixels, np.dtype(dtype), path)
    suffix = path.suffix.lower()
    if suffix in ('.tif', '.tiff'):
        _write_tiff(path, pixels, meta)
    elif suffix == '.png':
        _write_png(path, pixels)
    elif suffix == '.npy':
        with replacing(path) as temporary:
            np.save(temporary, pixels)
    else:
        raise DataError(f'{path}: cannot write *{path.suffix}; choose .tif, .png or .npy')


def _convert(pixels: NDArray[Any], dtype: np.dtype[Any], path: Path) -> NDArray[Any]:
    if np.iscomplexobj(pixels) and dtype.kind != 'c':
        raise DataError(f'{path}: {dtype} cannot hold complex values; take their magnitude first')
    if dtype.kind not in 'iu':
        return pixels.astype(dtype)
    if not np.isfinite(pixels).all():
        raise DataError(f'{path}: {dtype} cannot hold NaN or infinity; replace them first')
    rounded = np.rint(pixels)
    limits = np.iinfo(dtype)
    if rounded.min() < limits.min or rounded.max() > limits.max:
        raise DataError(
            f'{path}: values from {pixels.min():g} to {pixels.max():g} do not fit {dtype} '
            f'({limits.min} to {limits.max}); scale them, or write float32'
        )
    return rounded.astype(dtype)


def _write_png(path: Path, pixels: NDArray[Any]) -> None:
    channels = pixels.shape[2]
    if pixels.dtype not in (np.uint8, np.uint16) or channels not in (1, 3, 4):
        raise DataError(
            f'{path}: PNG holds 1, 3 or 4 channels of uint8 or uint16, not {channels} of '
            f'{pixels.dtype}; choose dtype=, .tif or .npy'
        )
    if channels > 1:
        pixels = pixels[..., [2, 1, 0, *range(3, channels)]]  # OpenCV's order
    with replacing(path) as temporary:
        if not cv2.imwrite(str(temporary), pixels):
            raise DataError(f'{path} could not be written')


def _write_tiff(path: Path, pixels: NDArray[Any], meta: RasterMeta | None) -> None:
    if str(pixels.dtype) not in (*_TIFF_TYPES, *_TIFF_COMPLEX_TYPES):
        raise DataError(f'{path}: TIFF cannot hold {pixels.dtype}; choose dtype=')
    with (
        replacing(path) as temporary,
        open_new_tiff(temporary, pixels.shape, str(pixels.dtype), meta) as file,
    ):
        file.write(np.moveaxis(pixels, -1, 0))


@contextlib.contextmanager
def open_new_tiff(
    path: Path, shape: tuple[int, ...], dtype: str, meta: RasterMeta | None
) -> Iterator[Any]:
    """Open a GeoTIFF for writing, with its description.

    Args:
        path: The file.
        shape: Rows, columns and bands.
        dtype: Of the values.
        meta: See :func:`write_raster`.
    """
    rasterio = import_rasterio()
    height, width, bands = shape
    options: dict[str, Any] = {}
    if meta is not None:
        options['nodata'] = meta.nodata
        if meta.crs:
            options['crs'] = rasterio.crs.CRS.from_user_input(meta.crs)
        if meta.transform:
            options['transform'] = rasterio.Affine(*meta.transform)
    if min(height, width) >= TIFF_BLOCK:
        options.update(tiled=True, blockxsize=TIFF_BLOCK, blockysize=TIFF_BLOCK)
    with (
        gdal(rasterio),
        rasterio.open(
            path,
            'w',
            driver='GTiff',
            height=height,
            width=width,
            count=bands,
            dtype=dtype,
            compress='deflate',
            zlevel=1,
            bigtiff='if_safer',
            **options,
        ) as file,
    ):
        yield file
        if meta is not None:
            _write_tags(file, meta)


def _write_tags(file: Any, meta: RasterMeta) -> None:
    if meta.domain:
        file.update_tags(**{DOMAIN_TAG: meta.domain})
    if meta.pixel_spacing and not meta.crs:
        file.update_tags(**{SPACING_TAG: ','.join(map(repr, meta.pixel_spacing))})
    if len(meta.polarisations) == file.count:
        file.descriptions = meta.polarisations
