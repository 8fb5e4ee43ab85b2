"""The optical image on the grid of the SAR image, window by window."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from mmsar.datasets.pairs.building.registration import Registration
from mmsar.io import Raster, Window

_TOLERANCE = 1e-6  # pixels beyond the border that rounding may give
_COARSER = 1.5  # SAR pixels this many times as wide as optical ones: average these before


def optical_window(
    raster: Raster, registration: Registration, window: Window, bands: Sequence[int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Read what the optical image shows of a window of the SAR image, by bilinear interpolation.

    Where optical pixels are much smaller than SAR pixels, they are smoothed first, as skipping
    between them would alias.

    Args:
        raster: The optical image.
        registration: Of the scene.
        window: In pixels of the SAR image.
        bands: Numbers of the bands to read.

    Returns:
        Values (height, width, bands), and (height, width), where the optical image has data. The
        values are 0 elsewhere.
    """
    row, column, height, width = window
    columns, rows = np.meshgrid(
        np.arange(column, column + width, dtype=np.float64),
        np.arange(row, row + height, dtype=np.float64),
    )
    places = registration.to_optical(np.stack([columns, rows], axis=-1))
    values = np.zeros((height, width, len(bands)), np.float32)
    limits = np.array(raster.meta.shape[1::-1]) - 1  # last column and row
    within = (places >= -_TOLERANCE) & (places <= limits + _TOLERANCE)
    inside: NDArray[np.bool_] = np.all(within, axis=-1)
    if not inside.any():
        return values, inside
    scale = registration.scale((column + width / 2, row + height / 2))
    sigma = np.sqrt(scale**2 - 1) / 2 if scale > _COARSER else 0.0
    margin = int(np.ceil(3 * sigma)) + 1
    first = np.maximum(np.floor(places[inside].min(0)).astype(int) - margin, 0)
    last = np.minimum(np.ceil(places[inside].max(0)).astype(int) + margin, limits)
    size = last - first + 1
    pixels, _ = raster.read((first[1], first[0], size[1], size[0]), bands)
    known = np.isfinite(pixels).all(2)
    if raster.meta.nodata is not None:
        known &= (pixels != raster.meta.nodata).all(2)
    pixels = np.where(known[..., None], pixels, 0)
    if sigma:
        pixels = cv2.GaussianBlur(pixels, (0, 0), sigma).reshape(pixels.shape)
    where = (places - first)[..., ::-1].transpose(2, 0, 1)
    for band in range(len(bands)):
        values[..., band] = map_coordinates(pixels[..., band], where, order=1, mode='nearest')
    if not known.all():
        inside &= map_coordinates(known.astype(np.float32), where, order=1, mode='nearest') > 0.999
    values[~inside] = 0
    return values, inside
