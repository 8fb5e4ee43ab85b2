"""What is written of an enlarged raster: its description, and its pixels without data."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mmsar.io import RasterMeta


def written_type(dtype: str) -> str:
    """Return the type on disk of the result, by that of the input."""
    return dtype if dtype in ('uint8', 'uint16') else 'float32'


def enlarged_meta(meta: RasterMeta, scale: int, bands: int, dtype: str) -> RasterMeta:
    """Return the description of a raster that shows the same ground with smaller pixels."""
    rows, columns, _ = meta.shape
    transform = meta.transform
    if transform is not None:
        a, b, c, d, e, f = transform
        transform = (a / scale, b / scale, c, d / scale, e / scale, f)
    spacing = meta.pixel_spacing
    return replace(
        meta,
        shape=(rows * scale, columns * scale, bands),
        dtype=dtype,
        transform=transform,
        nodata=_nodata_as(meta.nodata, dtype),
        pixel_spacing=None if spacing is None else (spacing[0] / scale, spacing[1] / scale),
        tags={},
    )


def mark_missing(
    strip: NDArray[np.float32], missing: NDArray[np.bool_] | None, nodata: float | None, dtype: str
) -> None:
    """Give pixels without data, and no others, the value that says so.

    Args:
        strip: (rows, columns, bands), changed.
        missing: The same shape, True where there are no data.
        nodata: The value; None: NaN, or nothing where ``dtype`` cannot hold it.
        dtype: Of the file to be.
    """
    integer = dtype != 'float32'
    if nodata is not None:
        same = (np.rint(strip) if integer else strip) == nodata
        up = nodata <= 0
        strip[same] = (
            nodata + (1 if up else -1)
            if integer
            else np.nextafter(np.float32(nodata), np.float32(np.inf if up else -np.inf))
        )
    if missing is not None and (nodata is not None or not integer):
        strip[missing] = np.nan if nodata is None else nodata


def _nodata_as(nodata: float | None, dtype: str) -> float | None:
    """Return what stands for no data in another type, None if it cannot hold the value."""
    if nodata is None or np.isnan(nodata):
        return nodata if dtype == 'float32' else None
    limits = np.finfo(dtype) if dtype == 'float32' else np.iinfo(dtype)
    if float(limits.min) <= nodata <= float(limits.max):
        return nodata
    return np.nan if dtype == 'float32' else None
