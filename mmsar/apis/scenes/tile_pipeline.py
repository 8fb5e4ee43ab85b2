"""The test pipeline of a config, applied to a scene tile by tile."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.config import part_dataloader
from mmsar.datasets.transforms import LoadSARImage, StretchSAR
from mmsar.errors import ConfigError
from mmsar.io import Raster, TileReader, Window

_TRUTH = ('LoadAnnotations', 'LoadPanopticAnnotations', 'FilterAnnotations')
_TTA = """the config has no tta_model and tta_pipeline, which say how to test with augmentation:
tta_model = dict(type='DetTTAModel', tta_cfg=dict(nms=dict(type='nms', iou_threshold=0.5), max_per_img=100))
tta_pipeline = [load, stretch, dict(type='TestTimeAug', transforms=[[resize], [dict(type='RandomFlip', prob=1.0), dict(type='RandomFlip', prob=0.0)], [dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction'))]])]"""  # noqa: E501


class TilePipeline:
    """What a config does to an image before the network sees it, for parts of an image.

    Percentiles that ``StretchSAR`` asks for are those of the whole scene. mmdet's
    ``LoadImageFromFile`` gives way to the reader of mmsar; then values are stretched as 8-bit ones
    are, unless ``stretch`` says otherwise.

    Args:
        config: With ``test_dataloader``.
        stretch: Arguments of :class:`mmsar.StretchSAR` that replace those of the config.
        tta: Take ``tta_pipeline``.

    Raises:
        ConfigError: There is no pipeline, or it does not load one image.
    """

    def __init__(
        self, config: Config, stretch: Mapping[str, Any] | None = None, tta: bool = False
    ) -> None:
        from mmengine.dataset import Compose

        settings = _tta_steps(config) if tta else _test_steps(config)
        settings = [_without_truth(step) for step in settings if _name(step) not in _TRUTH]
        if settings and _name(settings[0]) == 'LoadImageFromFile':
            integer = not settings[0].get('to_float32')
            first = [{'type': 'mmsar.LoadSARImage', 'channels': 3}]
            settings = [*first, {'type': 'mmsar.StretchSAR', 'rule': '8bit'}, *settings[1:]]
        else:
            integer = None
        if stretch is not None:
            places = [n for n, step in enumerate(settings) if _name(step) == 'StretchSAR']
            if not places:
                raise ConfigError('stretch: the test pipeline of the config has no StretchSAR')
            kept = {k: settings[places[0]][k] for k in ('type', 'out') if k in settings[places[0]]}
            settings[places[0]] = {**kept, **stretch}
        steps = Compose(settings).transforms
        loads = [step for step in steps if isinstance(step, LoadSARImage)]
        if len(loads) != 1 or steps[0] is not loads[0] or loads[0].key != 'img':
            raise ConfigError(
                'the test pipeline of the config must begin with one mmsar.LoadSARImage (or '
                "mmdet's LoadImageFromFile) and load nothing else; scenes are single images"
            )
        self.loader, self.steps = loads[0], list(steps[1:])
        if integer is not None:
            self.steps.insert(1, _BGR(integer))
        found = [step for step in self.steps if isinstance(step, StretchSAR)]
        self.stretcher = found[0] if found else None
        scales = [s['scale'] for s in settings if _name(s) == 'Resize' and 'scale' in s]
        self.resize = scales[0] if scales else None

    def open(self, raster: Raster) -> 'OpenScene':
        """Prepare an open raster; percentiles are taken here."""
        return OpenScene(self, raster)


class OpenScene:
    """An open raster, of which tiles go through a pipeline.

    Args:
        pipeline: See there.
        raster: It is not closed.
    """

    def __init__(self, pipeline: TilePipeline, raster: Raster) -> None:
        self.pipeline, self.raster = pipeline, raster
        loader, stretcher = pipeline.loader, pipeline.stretcher
        self.reader = TileReader(raster, loader.bands)
        self.percentiles: dict[str, float] | None = None
        if stretcher is not None and stretcher.levels:
            self.percentiles = loader.percentiles(raster, loader.bands, stretcher.levels)

    def tile(self, window: Window) -> Any:
        """Return a tile as the pipeline packs it, None where there is nothing to see.

        That is where all pixels are without data, or have one value. Single pixels without data
        become as dark as can be.
        """
        array = self.reader.read(window)
        meta = self.raster.meta.for_part(window.row, window.column, self.reader.numbers)
        missing = meta.missing(array)
        if missing.all() or _is_flat(array, missing):
            return None
        if missing.any():
            array = np.where(missing, np.nan, array).astype(array.dtype)
        return self.process(array, meta)

    def process(self, array: NDArray[Any], meta: Any) -> Any:
        """Return what the pipeline packs of an array (H, W, C) with the bands of the loader."""
        results: Any = {'img_path': str(self.raster.path), 'img_id': 0, 'sample_idx': 0}
        results |= {'instances': [], 'height': array.shape[0], 'width': array.shape[1]}
        results = self.pipeline.loader.take(results, array, meta)
        if self.percentiles is not None:
            results['img_percentiles'] = self.percentiles
        for step in self.pipeline.steps:
            results = step(results)
        return results


class _BGR:
    """The order and type that mmdet's ``LoadImageFromFile`` gives."""

    def __init__(self, integer: bool) -> None:
        self.integer = integer

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        image = np.ascontiguousarray(results['img'][..., ::-1])
        results['img'] = np.rint(image).astype(np.uint8) if self.integer else image
        results['img_channel_order'] = 'bgr'
        return results


def _is_flat(array: NDArray[Any], missing: NDArray[np.bool_]) -> bool:
    """Tell whether all pixels with data have one value."""
    first = array[np.unravel_index(int(np.argmin(missing)), array.shape)]
    return bool((missing | (array == first)).all())


def _test_steps(config: Config) -> list[Any]:
    node: Any = part_dataloader(config, 'test').get('dataset') or {}
    while 'pipeline' not in node and 'dataset' in node:
        node = node['dataset']
    if not node.get('pipeline'):
        raise ConfigError('the config has no test_dataloader.dataset.pipeline to load with')
    return [dict(step) for step in node['pipeline']]


def _tta_steps(config: Config) -> list[Any]:
    if not config.get('tta_model') or not config.get('tta_pipeline'):
        raise ConfigError(_TTA)
    return [dict(step) for step in config.tta_pipeline]


def _without_truth(step: dict[str, Any]) -> dict[str, Any]:
    """Return a step without those in it that load annotations."""
    if _name(step) != 'TestTimeAug':
        return step
    ways = [[s for s in way if _name(s) not in _TRUTH] for way in step['transforms']]
    return {**step, 'transforms': [way for way in ways if way]}


def _name(step: Mapping[str, Any]) -> str:
    return str(step.get('type')).rpartition('.')[2]
