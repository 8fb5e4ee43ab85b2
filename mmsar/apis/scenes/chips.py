"""Small images of the detections."""

import shutil
from pathlib import Path

import numpy as np

from mmsar.apis.scenes.detections import SceneDetections
from mmsar.io import Raster, Window, write_raster

_KEPT = {'.png': '.png', '.jpg': '.png', '.jpeg': '.png', '.npy': '.npy'}  # others become TIFF


def write_chips(folder: Path, raster: Raster, found: SceneDetections, margin: float = 0.5) -> None:
    """Cut each detection out of the scene, with its values, and its place on the map.

    Args:
        folder: Is made anew; a chip is called after the number of its detection.
        raster: The scene.
        found: Its detections.
        margin: Of the longer side of a box, on all sides.
    """
    shutil.rmtree(folder, ignore_errors=True)
    suffix = _KEPT.get(raster.path.suffix.lower(), '.tif')
    integer = raster.meta.dtype in ('uint8', 'uint16')
    rows, columns, _ = raster.meta.shape
    for number, (x1, y1, x2, y2) in enumerate(found.boxes.tolist(), 1):
        edge = margin * max(x2 - x1, y2 - y1)
        left, top = (max(0, int(v - edge)) for v in (x1, y1))
        right, bottom = min(columns, int(np.ceil(x2 + edge))), min(rows, int(np.ceil(y2 + edge)))
        window = Window(top, left, bottom - top, right - left)
        array, meta = raster.read(window)
        write_raster(
            folder / f'{number:05d}{suffix}', array, meta, raster.meta.dtype if integer else None
        )
