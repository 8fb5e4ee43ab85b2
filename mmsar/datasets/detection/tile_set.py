"""A data set of tiles, written from one of scenes."""

import os
from pathlib import Path
from typing import Any

from rich.progress import track

from mmsar.datasets.detection.base import DetectionDataset
from mmsar.datasets.detection.coco_file import write_coco
from mmsar.datasets.detection.slicing import Slicing, slice_scenes
from mmsar.errors import ConfigError


def write_tile_set(
    dataset: DetectionDataset,
    out: Path,
    name: str,
    slicing: Slicing | None = None,
    processes: int | None = None,
) -> Path:
    """Cut the scenes of a data set into tiles, and print what came of it.

    Written: the tiles, ``OUT/NAME/SCENE_ROW_COLUMN.*``, in the format of their scene (JPEG becomes
    PNG), georeferenced where it is; then ``OUT/NAME.json``, a COCO file for
    :class:`mmsar.CocoDetection` that also says which window of which scene each tile is, the
    percentiles of each scene, and which objects of a tile are one object of the scene. Tiles
    without objects are listed too.

    Args:
        dataset: Annotated scenes, with ``test_mode=True`` so that none is left out.
        out: Folder of the new data set.
        name: Of this part of it, such as 'train'.
        slicing: How scenes are cut.
        processes: Scenes that are cut at a time. Default: all cores.

    Returns:
        Path of the COCO file.

    Raises:
        ConfigError: The new files would replace the annotations or lie among the scenes.
        DataError: See :func:`mmsar.datasets.detection.slicing.slice_scenes`.
    """
    path = out / f'{name}.json'
    if not name or Path(name).name != name:
        raise ConfigError(f'--name {name!r}: give a plain word, such as train')
    _require_apart(dataset, path, out / name)
    slicing = slicing or Slicing()
    results = slice_scenes(
        dataset, out / name, slicing, min(processes or os.cpu_count() or 1, len(dataset))
    )
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    scenes: dict[str, Any] = {}
    objects = cut = 0
    for result in track(results, f'slicing {name}', total=len(dataset)):
        scenes[result.name] = result.scene
        objects += result.num_objects
        cut += result.num_cut
        for tile, here in zip(result.tiles, result.objects, strict=True):
            images.append({'id': len(images) + 1, **tile})
            for item in here:
                place = {'id': len(annotations) + 1, 'image_id': len(images)}
                annotations.append(place | item)
    write_coco(path, images, annotations, dataset.metainfo['classes'], scenes=scenes)
    print(f'{path}: {len(scenes)} scenes, {len(images)} tiles, {objects} objects')
    if cut:
        print(
            f'{cut} of the objects are not whole in any tile; larger tiles or more overlap '
            'would show them whole'
        )
    return path


def _require_apart(dataset: DetectionDataset, annotations: Path, folder: Path) -> None:
    """Check that nothing of the scenes is in the way of the tiles."""
    if dataset.ann_file and annotations.resolve() == Path(dataset.ann_file).resolve():
        raise ConfigError(
            f'{annotations} holds the annotations of the scenes, and those of the tiles would '
            'replace them: choose another folder for the tiles, or another --name'
        )
    scenes = {Path(dataset.get_data_info(n)['img_path']).parent for n in range(len(dataset))}
    if folder.resolve() in {scene.resolve() for scene in scenes}:
        raise ConfigError(
            f'{folder} is the folder of the scenes: choose another for the tiles, or another --name'
        )
