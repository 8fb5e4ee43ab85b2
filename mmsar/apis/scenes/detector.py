"""Detection in radar scenes of any size."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.scenes.background import in_background
from mmsar.apis.scenes.detections import SceneDetections, locate
from mmsar.apis.scenes.land import LandMask, SceneLand
from mmsar.apis.scenes.model import load_detector, read_config
from mmsar.apis.scenes.tile_pipeline import OpenScene, TilePipeline
from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.detection.merge import merge_tiles
from mmsar.io import Raster, Tiling, Window, open_raster
from mmsar.io.raster import ArrayRaster

PathLike = str | os.PathLike[str]
TILE = 512  # rows and columns where neither caller nor config says
_PART = 128  # tiles; what is done of a scene is kept part by part
Part = dict[str, NDArray[Any]]


class SceneDetector:
    """Finds objects in radar scenes of any size, and where they are on the ground.

    A scene is read window by window while the network works on those read before. Tiles overlap,
    and pass through the test pipeline of the config as whole images do: percentiles are those of
    the scene. A box that an inner edge of its tile may have cut gives way to the verdict of the
    tile that shows the object whole; then class-wise non-maximum suppression follows.

    Args:
        config: Config file of a detector, or its content; any of mmdet whose test pipeline loads
            one image.
        checkpoint: Of the detector, a work folder with one, or a URL; None for detectors without
            weights.
        device: Of the network, such as ``cuda``.
        tile: Rows and columns of a tile, in pixels of the scene. Default: the config's
            ``scene_tiles.size``, or what its test pipeline resizes images to, or 512.
        overlap: Of neighbours, in pixels; at least the longest object. Default: the config's
            ``scene_tiles.overlap``, or a quarter of a tile.
        batch_size: Tiles at a time.
        score_thr: Detections with a lower score are dropped.
        iou_thr: Of two detections of one class with a larger IoU, the better one stays.
        stretch: Arguments of :class:`mmsar.StretchSAR` in place of the config's, for scenes of
            other values than it was trained on.
        tta: Test with the augmentation of the config's ``tta_model`` and ``tta_pipeline``.
        height: Of the ground above the ellipsoid in metres, for scenes with RPC.
        options: As of ``--cfg-options``.

    Raises:
        ConfigError: The config is not that of a detector, there is no checkpoint or no such
            device, or a number is out of range.
        CheckpointError: The checkpoint is unreadable or of another model.

    Example::

        detector = SceneDetector('config.py', 'epoch_20.pth')
        found = detector('scene.tif')
        print(len(found), found.boxes, found.scores, found.centres)
    """

    def __init__(
        self,
        config: PathLike | Config,
        checkpoint: PathLike | None,
        device: str = 'cpu',
        tile: int | None = None,
        overlap: int | None = None,
        batch_size: int = 4,
        score_thr: float = 0.3,
        iou_thr: float = 0.5,
        stretch: Mapping[str, Any] | None = None,
        tta: bool = False,
        height: float = 0.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        from mmengine.registry import init_default_scope

        if batch_size < 1 or not 0 <= score_thr <= 1 or not 0 < iou_thr <= 1:
            raise ConfigError(
                f'batch_size={batch_size}, score_thr={score_thr}, iou_thr={iou_thr}: give at least '
                '1, a number from 0 to 1, and one above 0 and up to 1'
            )
        self.config = read_config(config, options)
        init_default_scope(self.config.get('default_scope', 'mmdet'))
        self.pipeline = TilePipeline(self.config, stretch, tta)
        self.tiling = _tiling(self.config, self.pipeline, tile, overlap)
        self.model, self.classes = load_detector(self.config, checkpoint, device, tta)
        self.batch_size, self.score_thr, self.iou_thr = batch_size, score_thr, iou_thr
        self.height = height

    def __call__(
        self,
        scene: PathLike | NDArray[Any] | Raster,
        land: PathLike | LandMask | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> SceneDetections:
        """Detect in a scene.

        Args:
            scene: File, see :func:`mmsar.io.open_raster`; an open raster; or an array (H, W) or
                (H, W, C) in the units of the files that the config is for.
            land: GeoJSON file with polygons, or a raster that is not 0 on land. Nothing is sought
                there.
            progress: Called with the number of tiles that are done, and that of all.

        Raises:
            DataError: The scene cannot be read, or the mask does not fit it.
        """
        if isinstance(scene, np.ndarray):
            if scene.ndim not in (2, 3) or scene.dtype.kind not in 'buifc':
                raise DataError(f'an image is (H, W) or (H, W, C) of numbers, not {scene.shape}')
            scene = ArrayRaster(Path('the array'), scene)
        if not isinstance(scene, Raster):
            with open_raster(scene, self.pipeline.loader.name) as raster:
                return self(raster, land, progress)
        opened = self.open(scene, land)
        parts, done, total = [], 0, sum(map(len, opened.parts))

        def count(number: int) -> None:
            nonlocal done
            done += number
            if progress is not None:
                progress(done, total)

        for number in range(len(opened.parts)):
            parts.append(self.detect(opened, number, count))
        return self.merge(opened, parts)

    def open(self, raster: Raster, land: PathLike | LandMask | None = None) -> 'SceneJob':
        """Prepare a scene for :meth:`detect`.

        Args:
            raster: It is not closed.
            land: See :meth:`__call__`.
        """
        mask = LandMask(land) if isinstance(land, str | os.PathLike) else land
        return SceneJob(self.pipeline.open(raster), self.tiling, mask, self.height)

    @torch.no_grad()
    def detect(
        self, scene: 'SceneJob', part: int, done: Callable[[int], None] | None = None
    ) -> Part:
        """Detect in a part of the tiles of a scene.

        Which tiles make a batch depends on the part alone.

        Args:
            scene: Of :meth:`open`.
            part: Its number.
            done: Called with a number of tiles that are done.

        Returns:
            ``boxes`` (N, 4) in pixels of their tiles, ``scores`` (N,), ``labels`` (N,), ``tile``
            (N,), numbers of their tiles; ``windows`` (T, 4) of the tiles that went through the
            network; ``skipped``, the number of others.
        """
        found: dict[str, list[NDArray[Any]]] = {'boxes': [], 'scores': [], 'labels': []}
        windows: list[Window] = []
        owners: list[NDArray[np.intp]] = []
        seen = 0
        with in_background(self._batches(scene, scene.parts[part])) as batches:
            for places, items, looked_at in batches:
                samples = self.model.test_step(_collate(items)) if items else []
                for place, sample in zip(places, samples, strict=True):
                    boxes, scores, labels = self._read(sample, scene.name)
                    for key, values in zip(found, (boxes, scores, labels), strict=True):
                        found[key].append(values)
                    owners.append(np.full(len(boxes), len(windows)))
                    windows.append(place)
                if done is not None:
                    done(looked_at - seen)
                seen = looked_at
        shapes = {'boxes': (0, 4), 'scores': (0,), 'labels': (0,)}
        types = {'boxes': np.float32, 'scores': np.float32, 'labels': np.int64}
        result: Part = {
            key: np.concatenate([np.zeros(shapes[key], types[key]), *values])
            for key, values in found.items()
        }
        result['tile'] = np.concatenate([np.zeros(0, np.intp), *owners])
        result['windows'] = np.array(windows, np.int64).reshape(-1, 4)
        result['skipped'] = np.array(len(scene.parts[part]) - len(windows))
        return result

    def merge(self, scene: 'SceneJob', parts: Sequence[Mapping[str, Any]]) -> SceneDetections:
        """Return what all parts of a scene come to."""
        offsets = np.cumsum([0, *(len(part['windows']) for part in parts)])
        whole = {
            key: np.concatenate([part[key] for part in parts])
            for key in ('boxes', 'scores', 'labels', 'windows')
        }
        tile = np.concatenate([p['tile'] + o for p, o in zip(parts, offsets, strict=False)])
        boxes, scores, labels = merge_tiles(
            whole['boxes'],
            whole['scores'],
            whole['labels'],
            tile,
            whole['windows'],
            scene.shape,
            self.iou_thr,
        )
        if scene.land is not None and len(boxes):
            centres = (boxes[:, :2] + boxes[:, 2:]) / 2
            water = ~scene.land.contains(centres[:, 0], centres[:, 1])
            boxes, scores, labels = boxes[water], scores[water], labels[water]
        self._warn_of_long(boxes, scene)
        found: dict[str, Any] = {'boxes': boxes, 'scores': scores, 'labels': labels}
        found |= {'tiles': len(whole['windows']), 'skipped': sum(int(p['skipped']) for p in parts)}
        meta = scene.raster.meta
        return locate(found, scene.name, scene.shape, self.classes, scene.place, meta.pixel_spacing)

    def _batches(
        self, scene: 'SceneJob', windows: Iterable[Window]
    ) -> Iterator[tuple[list[Window], list[Any], int]]:
        """Yield places and tiles of batches, and the number of tiles looked at so far."""
        places: list[Window] = []
        items: list[Any] = []
        number = 0
        for number, window in enumerate(windows, 1):
            item = None
            if scene.land is None or not scene.land.covers(window):
                item = scene.opened.tile(window)
            if item is not None:
                places.append(window)
                items.append(item)
            if len(items) == self.batch_size:
                yield places, items, number
                places, items = [], []
        if number:
            yield places, items, number

    def _read(self, sample: Any, name: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return boxes, scores and labels of a tile that are good enough."""
        found = sample.pred_instances
        boxes, scores, labels = (
            found[key].detach().cpu().numpy() for key in ('bboxes', 'scores', 'labels')
        )
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise ConfigError(f'the model predicts boxes of shape {boxes.shape}, not (N, 4)')
        if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
            raise DataError(
                f'{name}: the network predicts values that are no numbers: its training diverged; '
                'take an earlier checkpoint'
            )
        if labels.size and labels.max() >= len(self.classes):
            raise ConfigError(
                f'the model predicts class {labels.max()}, and there are {len(self.classes)} '
                f'names: {", ".join(self.classes)}'
            )
        kept = (scores >= self.score_thr) & (boxes[:, 2:] > boxes[:, :2]).all(1)
        return boxes[kept].astype(np.float32), scores[kept].astype(np.float32), labels[kept]

    def _warn_of_long(self, boxes: NDArray[Any], scene: 'SceneJob') -> None:
        """Say it if some objects may not have been whole in any tile."""
        if max(scene.shape) <= self.tiling.size:
            return
        longest = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
        many = int((longest > self.tiling.overlap).sum())
        if many:
            warnings.warn(
                f'{scene.name}: {many} detections are longer than the overlap of tiles of '
                f'{self.tiling.overlap} pixels, up to {longest.max():.0f}: no tile may show them '
                'whole; raise overlap (--overlap)',
                stacklevel=3,
            )


class SceneJob:
    """An open scene, its tiles and its geo-reference.

    Args:
        opened: See there.
        tiling: Of it.
        land: Mask, or None.
        height: See :class:`SceneDetector`.

    Attributes:
        name: Of the scene.
        shape: Rows and columns.
        parts: Tiles, some at a time.
        place: Where its pixels are on the ground, or None.
        land: Where it shows land, or None.
    """

    def __init__(
        self, opened: OpenScene, tiling: Tiling, land: LandMask | None, height: float = 0.0
    ) -> None:
        self.opened, self.raster = opened, opened.raster
        self.name = str(self.raster.path)
        self.shape = (self.raster.meta.shape[0], self.raster.meta.shape[1])
        self.parts = parts_of(self.shape, tiling)
        self.place = self.raster.georeference(height)
        self.land: SceneLand | None = None
        if land is not None:
            self.land = land.on(self.raster, self.place)


def parts_of(shape: tuple[int, int], tiling: Tiling) -> list[list[Window]]:
    """Return the tiles of a scene in parts, which do not depend on the number of processes."""
    windows = tiling.windows(shape)
    return [windows[first : first + _PART] for first in range(0, len(windows), _PART)]


def _collate(items: list[Any]) -> Any:
    from mmengine.dataset import pseudo_collate

    return pseudo_collate(items)


def _tiling(
    config: Config, pipeline: TilePipeline, tile: int | None, overlap: int | None
) -> Tiling:
    settings = config.get('scene_tiles') or {}
    scale = pipeline.resize
    usual = min(scale) if isinstance(scale, list | tuple) else scale
    size = tile or settings.get('size') or usual or TILE
    if overlap is None and tile in (None, settings.get('size')):
        overlap = settings.get('overlap')
    return Tiling(int(size), int(size) // 4 if overlap is None else int(overlap)).require()
