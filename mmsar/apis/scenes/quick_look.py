"""A small picture of a scene with its detections."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsar.apis.scenes.detections import SceneDetections
from mmsar.datasets.percentiles import percentiles, valid_samples
from mmsar.io import Raster, write_raster
from mmsar.visualization.marks import CYCLE

SIDE = 1600  # rows or columns of a picture at most
_STRIP = 2**24  # values read at a time
_LEAST = 6  # pixels of a box in the picture, or nobody would see it


def draw_quick_look(
    path: Path, raster: Raster, found: SceneDetections, bands: Any = None, side: int = SIDE
) -> None:
    """Write a PNG file: the amplitude of the scene, its brightest percent white, and the boxes.

    Args:
        path: PNG file.
        raster: The scene, which is read strip by strip.
        found: What to draw; classes differ in colour.
        bands: That the detector looks at; the first one is drawn.
        side: Rows or columns at most; a pixel is the mean of what it shows.
    """
    numbers = raster._band_numbers(bands)[:1]
    rows, columns, _ = raster.meta.shape
    step = max(1, -(-max(rows, columns) // side))
    values = np.concatenate(list(_reduced(raster, numbers, step)))
    low, high = _limits(values, raster)
    grey = np.clip((np.nan_to_num(values, nan=low) - low) / (high - low), 0, 1)
    picture = np.ascontiguousarray(np.repeat((grey * 255).astype(np.uint8)[..., None], 3, 2))
    for box, label in zip(found.boxes / step, found.labels, strict=True):
        grow = np.maximum(_LEAST - (box[2:] - box[:2]), 0) / 2 + 1
        (x1, y1), (x2, y2) = box[:2] - grow, box[2:] + grow
        colour = CYCLE[(int(label) + 1) % len(CYCLE)].lstrip('#')
        rgb = tuple(int(colour[i : i + 2], 16) for i in (0, 2, 4))
        corners = (round(x1), round(y1)), (round(x2), round(y2))
        cv2.rectangle(picture, *corners, rgb, 2 if max(picture.shape) > 400 else 1)
    write_raster(path, picture)


def _reduced(raster: Raster, numbers: tuple[int, ...], step: int) -> Any:
    """Yield strips of the means of ``step`` x ``step`` pixels, as amplitude or in decibels."""
    rows, columns, _ = raster.meta.shape
    height = max(step, _STRIP // columns // step * step)
    for row in range(0, rows, height):
        strip = raster.read((row, 0, min(height, rows - row), columns), numbers)[0][..., 0]
        missing = raster.meta.missing(strip)
        values = np.abs(strip) if np.iscomplexobj(strip) else strip
        if raster.meta.domain == 'intensity':
            values = np.sqrt(np.maximum(values, 0))
        yield _block_means(np.where(missing, np.nan, values), step)


def _block_means(values: NDArray[Any], step: int) -> NDArray[np.float32]:
    if step == 1:
        return values.astype(np.float32)
    rows, columns = (-(-side // step) for side in values.shape)
    padded = np.full((rows * step, columns * step), np.nan, np.float32)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(rows, step, columns, step)
    valid = np.isfinite(blocks)
    count = valid.sum(axis=(1, 3))
    total = np.where(valid, blocks, 0).sum(axis=(1, 3), dtype=np.float64)
    return np.where(count, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _limits(values: NDArray[np.float32], raster: Raster) -> tuple[float, float]:
    samples = valid_samples(values, None)
    if not samples.size:
        return 0.0, 1.0
    low, high = percentiles(samples, (1, 99), raster.path)
    return low, high if high > low else low + 1
