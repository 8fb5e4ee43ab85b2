"""What the metric keeps of an image: predictions, ground truth, and where it lies."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# No NamedTuples: mmengine turns a tuple into a plain one when it collects the ranks' results.


@dataclass(frozen=True, eq=False, slots=True)
class Detections:
    """Predictions on an image.

    Attributes:
        boxes: (N, 4), x1, y1, x2, y2 in pixels.
        scores: (N,).
        labels: (N,), numbers of the classes.
    """

    boxes: NDArray[np.floating]
    scores: NDArray[np.floating]
    labels: NDArray[np.integer]


@dataclass(frozen=True, eq=False, slots=True)
class GroundTruth:
    """Annotated objects of an image.

    Attributes:
        boxes: (M, 4), x1, y1, x2, y2 in pixels.
        labels: (M,), numbers of the classes.
        ignored: (M,), whether the object is neither to be found nor a false alarm.
        areas: (M,), in square pixels.
    """

    boxes: NDArray[np.float64]
    labels: NDArray[np.int64]
    ignored: NDArray[np.bool_]
    areas: NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Tile:
    """Where an image lies in the scene that it was cut from.

    Attributes:
        scene: Name of the scene.
        window: First row and column, height and width in pixels of the scene.
        scene_shape: Rows and columns of the scene.
        objects: For each annotated object of the image, its name in the scene.
        boxes: (M, 4), their whole boxes in pixels of the scene.
        ignored: (M,), whether they are ignored in the scene.
    """

    scene: str
    window: tuple[int, int, int, int]
    scene_shape: tuple[int, int]
    objects: tuple[Hashable, ...]
    boxes: NDArray[np.float64]
    ignored: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class ImageRecord:
    """An image, or a scene whose tiles were merged.

    Attributes:
        name: Path of the file, or name of the scene.
        pixels: Number of pixels that were searched.
        detections: Predictions.
        truth: Annotations.
        spacing: Between rows and between columns, in metres, or None.
        subset: Part of the data set that it belongs to, or None.
        tile: Its place in a scene, or None where it is no tile.
    """

    name: str
    pixels: int
    detections: Detections
    truth: GroundTruth
    spacing: tuple[float, float] | None = None
    subset: str | None = None
    tile: Tile | None = None

    @property
    def km2(self) -> float:
        """Area that was searched in square kilometres; NaN without pixel spacing."""
        if self.spacing is None:
            return float('nan')
        return self.pixels * self.spacing[0] * self.spacing[1] / 1e6
