"""Cutting annotated scenes into tiles that know where they come from."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmsar.datasets.detection.base import DetectionDataset
from mmsar.datasets.percentiles import scene_percentiles
from mmsar.datasets.tiles import cut_boxes, tile_windows
from mmsar.errors import ConfigError, DataError
from mmsar.io import Raster, open_raster, write_raster

# Types that tiles are written as; others become TIFF.
_KEPT_SUFFIXES = {'.png': '.png', '.jpg': '.png', '.jpeg': '.png', '.npy': '.npy'}


@dataclass(frozen=True)
class Slicing:
    """How scenes are cut.

    Attributes:
        size: Rows and columns of a tile.
        overlap: Share of a tile that its neighbour also shows.
        keep: An object is one of the tile's if at least this share of its area is inside.
        ignore: From this share up to ``keep`` the cut object is an ignored region: too little to
            learn it from, too much to call it background. Below, it is left out.
    """

    size: int = 512
    overlap: float = 0.5
    keep: float = 0.7
    ignore: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.ignore <= self.keep <= 1:
            raise ConfigError(
                f'ignore={self.ignore}, keep={self.keep}: give shares with 0 < ignore <= keep <= 1'
            )
        tile_windows((1, 1), self.size, self.overlap)  # checks both


@dataclass(frozen=True)
class SlicedScene:
    """What one scene gave.

    Attributes:
        name: Of the scene.
        scene: Its entry in 'scenes' of the COCO file.
        tiles: Entries for 'images', without id.
        objects: For each tile, entries for 'annotations', without id and image_id.
        num_objects: In the scene.
        num_cut: Of these, how many no tile shows whole.
    """

    name: str
    scene: dict[str, Any]
    tiles: list[dict[str, Any]]
    objects: list[list[dict[str, Any]]]
    num_objects: int
    num_cut: int


def slice_scenes(
    dataset: DetectionDataset, folder: Path, slicing: Slicing, processes: int = 1
) -> Iterator[SlicedScene]:
    """Cut all images of a data set into tiles, and write these.

    Args:
        dataset: Annotated scenes, with ``test_mode=True`` so that none is left out.
        folder: For the tiles.
        slicing: How they are cut.
        processes: Scenes that are cut at a time.

    Yields:
        One result a scene, in their order.

    Raises:
        DataError: Two scenes have one name, or one has another size than its annotation says.
    """
    scenes = [dataset.get_data_info(number) for number in range(len(dataset))]
    names = Counter(Path(scene['img_path']).stem for scene in scenes)
    twins = [name for name, count in names.items() if count > 1]
    if twins:
        raise DataError(
            f'{names[twins[0]]} scenes are called {twins[0]}, and tiles are named after them: '
            'rename them'
        )
    folder.mkdir(parents=True, exist_ok=True)
    cut = partial(slice_scene, folder=folder, slicing=slicing)
    if processes == 1:
        yield from map(cut, scenes)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(cut, scenes)


def slice_scene(info: dict[str, Any], folder: Path, slicing: Slicing) -> SlicedScene:
    """Cut one scene, reading it window by window."""
    path = Path(info['img_path'])
    shape = (info['height'], info['width'])
    windows = tile_windows(shape, slicing.size, slicing.overlap)
    suffix = _KEPT_SUFFIXES.get(path.suffix.lower(), '.tif')
    names = [f'{path.stem}_{window.row}_{window.column}{suffix}' for window in windows]
    with open_raster(path) as raster:
        if raster.meta.shape[:2] != shape:
            raise DataError(
                f'{path} has {raster.meta.shape[1]} x {raster.meta.shape[0]} pixels, but its '
                f'annotation says {shape[1]} x {shape[0]}; correct it'
            )
        for window, name in zip(windows, names, strict=True):
            array, meta = raster.read(window)
            dtype = array.dtype if np.iscomplexobj(array) else raster.meta.dtype
            write_raster(folder / name, array, meta, dtype)
        scene = _describe(raster, info)
    objects, num_cut = _cut_objects(info, windows, slicing)
    tiles = [
        {
            'file_name': name,
            'height': window.height,
            'width': window.width,
            'scene': path.stem,
            'window': list(window),
        }
        for window, name in zip(windows, names, strict=True)
    ]
    return SlicedScene(path.stem, scene, tiles, objects, len(info['instances']), num_cut)


def _describe(raster: Raster, info: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of the scene, for the annotation file."""
    meta = raster.meta
    fields = {
        'file_name': raster.path.name,
        'height': info['height'],
        'width': info['width'],
        'subset': info.get('subset'),
        'pixel_spacing': info.get('pixel_spacing') or meta.pixel_spacing,
        'crs': meta.crs,
        'transform': meta.transform,
        'percentiles': scene_percentiles(raster),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _cut_objects(
    info: dict[str, Any], windows: list[Any], slicing: Slicing
) -> tuple[list[list[dict[str, Any]]], int]:
    """Return the objects of each tile, and how many no tile shows whole."""
    instances = info['instances']
    if not instances:
        return [[] for _ in windows], 0
    boxes = np.array([item['bbox'] for item in instances], np.float64)
    parts = [cut_boxes(boxes, window, (info['height'], info['width'])) for window in windows]
    share = np.array([shares for _, shares in parts])  # (tiles, objects)
    listed = share >= slicing.ignore
    # One that is longer than any tile stays, ignored, where most of it is seen: nothing is lost.
    listed[share.argmax(0), np.arange(len(instances))] = True
    objects: list[list[dict[str, Any]]] = []
    for (cut, _), row, here in zip(parts, share, listed, strict=True):
        objects.append([])
        for number in np.flatnonzero(here).tolist():
            item, (x1, y1, x2, y2) = instances[number], cut[number].tolist()
            area = (x2 - x1) * (y2 - y1)
            objects[-1].append(
                {
                    'category_id': item['bbox_label'] + 1,
                    'bbox': [x1, y1, x2 - x1, y2 - y1],
                    'area': item['area'] * float(row[number]) if 'area' in item else area,
                    'iscrowd': int(item['ignore_flag'] or row[number] < slicing.keep),
                    'scene_object': f'{Path(info["img_path"]).stem}/{number}',
                    'scene_bbox': list(item['bbox']),
                    'scene_ignored': item['ignore_flag'],
                }
            )
    return objects, int((share.max(0) < 1 - 1e-9).sum())
