"""From records of tiles to records of their scenes."""

import os
from collections.abc import Sequence

import numpy as np

from mmsar.errors import DataError
from mmsar.evaluation.detection.boxes import areas
from mmsar.evaluation.detection.merge import covered_pixels, merge_ground_truth, merge_tiles
from mmsar.evaluation.detection.records import Detections, GroundTruth, ImageRecord, Tile


def merge_scenes(
    images: Sequence[ImageRecord], iou_threshold: float, edge_margin: float
) -> list[ImageRecord]:
    """Merge the tiles of each scene; an image that is no tile is a scene of its own.

    Only what the tiles cover counts as searched, should some of a scene be missing.

    Raises:
        DataError: Tiles of a scene disagree.
    """
    scenes: list[ImageRecord] = []
    # Two data sets in one evaluation may have scenes of one name.
    groups: dict[tuple[str, str], list[tuple[ImageRecord, Tile]]] = {}
    for image in images:
        if image.tile is None:
            scenes.append(image)
        else:
            key = (os.path.dirname(image.name), image.tile.scene)
            groups.setdefault(key, []).append((image, image.tile))
    for (_, name), group in groups.items():
        try:
            scenes.append(_merge(name, group, iou_threshold, edge_margin))
        except DataError as error:
            raise DataError(f'scene {name!r}: {error}') from error
    return scenes


def _merge(
    name: str, group: list[tuple[ImageRecord, Tile]], iou_threshold: float, edge_margin: float
) -> ImageRecord:
    images = [image for image, _ in group]
    tiles = [tile for _, tile in group]
    shapes = {tile.scene_shape for tile in tiles}
    if len(shapes) > 1:
        raise DataError(f'its tiles give it the sizes {sorted(shapes)}; cut it again')
    shape = tiles[0].scene_shape
    spacings = {image.spacing for image in images}
    windows = np.array([tile.window for tile in tiles])
    detections = merge_tiles(
        np.concatenate([image.detections.boxes for image in images]),
        np.concatenate([image.detections.scores for image in images]),
        np.concatenate([image.detections.labels for image in images]),
        np.repeat(np.arange(len(images)), [len(image.detections.boxes) for image in images]),
        windows,
        shape,
        iou_threshold,
        edge_margin,
    )
    boxes, labels, ignored = merge_ground_truth(
        [name for tile in tiles for name in tile.objects],
        np.concatenate([tile.boxes for tile in tiles]),
        np.concatenate([image.truth.labels for image in images]),
        np.concatenate([tile.ignored for tile in tiles]),
    )
    return ImageRecord(
        name=name,
        pixels=covered_pixels(windows, shape),
        detections=Detections(*detections),
        truth=GroundTruth(boxes, labels, ignored, areas(boxes)),
        spacing=spacings.pop() if len(spacings) == 1 else None,
    )
