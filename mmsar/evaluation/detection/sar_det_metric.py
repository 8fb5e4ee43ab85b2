"""All figures of a detector on radar images, from one run over the data."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import report
from mmsar.evaluation.detection import naming
from mmsar.evaluation.detection.figures import Evaluation
from mmsar.evaluation.detection.reading import read_sample, require_spacing
from mmsar.evaluation.detection.records import ImageRecord
from mmsar.evaluation.detection.scenes import merge_scenes
from mmsar.registry import METRICS

# What changes the figures
_SETTINGS = ('score_thr', 'iou_thr', 'max_dets', 'merge_iou_thr', 'edge_margin', 'pixel_spacing')


@METRICS.register_module()
class SARDetMetric(BaseMetric):
    """COCO's and PASCAL VOC's average precision, detection probability and false alarms.

    It evaluates images, the subsets that the data name (inshore and offshore, say), and, where the
    images are tiles, the scenes that they were cut from. docs/metrics.md defines every number.

    A sample must have ``pred_instances``, ``ori_shape`` and ``instances`` (of the data set), and
    should have ``img_path``. It may have:

    * ``subset``: name of a part of the data set;
    * ``pixel_spacing`` (between rows and columns, in metres), or ``img_raster`` with it;
    * ``scene``, ``window`` (row, column, height, width), ``scene_shape`` (rows, columns), and in
      each instance ``scene_object``, ``scene_bbox`` (x1, y1, x2, y2 in the scene) and
      ``scene_ignored``: the image is a tile.

    All but the predictions come from the data set, by ``meta_keys`` of ``PackDetInputs``.

    Args:
        score_thr: Detections from this score on count for Pd, false alarms, precision and F1.
        iou_thr: IoU from which a detection shows an object, for these and for VOC.
        max_dets: For COCO, so many detections of each image and class. All count on scenes.
        classwise: Print a table of the classes, and return the AP of a single class as well.
        merge_iou_thr: IoU above which two detections from different tiles are one.
        edge_margin: Distance in pixels from a tile's edge at which a detection may be cut.
        pixel_spacing: Between rows and columns, in metres, in place of what the data say.
        out_file: JSON file for all figures, with settings and curves.
        prefix: Put before all names.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ConfigError: An argument is out of range.
    """

    # Not None, of which mmengine warns: the names are grouped already.
    default_prefix = ''

    def __init__(
        self,
        score_thr: float = 0.3,
        iou_thr: float = 0.5,
        max_dets: int = 100,
        classwise: bool = False,
        merge_iou_thr: float = 0.5,
        edge_margin: float = 4.0,
        pixel_spacing: tuple[float, float] | None = None,
        out_file: str | os.PathLike[str] | None = None,
        prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix=prefix, **kwargs)
        numbers = {
            'score_thr': score_thr,
            'iou_thr': iou_thr,
            'merge_iou_thr': merge_iou_thr,
            'edge_margin': edge_margin,
        }
        for name, value in numbers.items():
            if not isinstance(value, int | float) or not np.isfinite(value):
                raise ConfigError(f'SARDetMetric: {name}={value!r} is not a number')
        for name in ('iou_thr', 'merge_iou_thr'):
            if not 0 < numbers[name] <= 1:
                raise ConfigError(f'SARDetMetric: {name}={numbers[name]!r} is not in (0, 1]')
        if not (isinstance(max_dets, int) and max_dets > 0):
            raise ConfigError(f'SARDetMetric: max_dets={max_dets!r} is not a positive whole number')
        if not edge_margin >= 0:
            raise ConfigError(f'SARDetMetric: edge_margin={edge_margin!r} is negative')
        if out_file is not None and Path(out_file).is_dir():
            raise ConfigError(f'SARDetMetric: out_file={str(out_file)!r} is a folder; name a file')
        if pixel_spacing is not None:
            try:
                pixel_spacing = require_spacing(pixel_spacing, 'SARDetMetric')
            except DataError as error:
                raise ConfigError(str(error)) from error
        self.score_thr = score_thr
        self.iou_thr = iou_thr
        self.max_dets = max_dets
        self.classwise = classwise
        self.merge_iou_thr = merge_iou_thr
        self.edge_margin = edge_margin
        self.pixel_spacing = pixel_spacing
        self.out_file = out_file

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the data set."""
        names = (self.dataset_meta or {}).get('classes')
        if not names:
            raise DataError("the data set's metainfo has no 'classes': set metainfo=dict(classes=)")
        return tuple(names)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep predictions and annotations of a batch (called by mmengine)."""
        count = len(self.classes)
        for sample in data_samples:
            record = read_sample(sample, count)
            if record.subset in naming.RESERVED:
                raise DataError(
                    f'{record.name}: a subset cannot be called {record.subset!r}; rename it'
                )
            if self.pixel_spacing is not None:
                record = replace(record, spacing=self.pixel_spacing)
            self.results.append(record)

    def compute_metrics(self, results: list[ImageRecord]) -> dict[str, float]:
        """Evaluate, log and write (called by mmengine on the main process)."""
        evaluation = self._evaluate(results, self.max_dets)
        levels = {'images': evaluation.of_all()}
        metrics = naming.name_images(levels['images'])
        by_class = dict(zip(self.classes, evaluation.of_classes(), strict=True))
        if self.classwise or len(by_class) > 1:
            metrics |= naming.name_classes(by_class)
        counts = {'images': report.count(results)}
        subsets = np.array([image.subset or '' for image in results])
        for name in np.unique(subsets[subsets != '']).tolist():
            chosen = np.flatnonzero(subsets == name)
            levels[name] = evaluation.of_images(chosen)
            metrics |= naming.name_subset(name, levels[name])
            counts[name] = report.count([results[number] for number in chosen])
        if any(image.tile for image in results):
            scenes = merge_scenes(results, self.merge_iou_thr, self.edge_margin)
            levels['scenes'] = self._evaluate(scenes, None, by_size=False).of_all()
            metrics |= naming.name_scenes(levels['scenes'])
            counts['scenes'] = report.count(scenes)
        text = report.format_table('level', levels)
        if self.classwise:
            text += '\n' + report.format_table('class', by_class)
        print_log(f'\n{text}', logger='current')
        if self.out_file:
            content = {
                'settings': {name: getattr(self, name) for name in _SETTINGS},
                'classes': self.classes,
                'counts': counts,
                'metrics': metrics,
                'levels': levels,
                'by_class': by_class,
                'curves': report.curves_of_classes(self.classes, evaluation.curves),
            }
            report.write_json(self.out_file, content)
        # -1, as pycocotools has it: a NaN would spoil the choice of the best checkpoint.
        return {key: -1.0 if np.isnan(value) else value for key, value in metrics.items()}

    def _evaluate(
        self, images: list[ImageRecord], max_dets: int | None, by_size: bool = True
    ) -> Evaluation:
        return Evaluation(
            images, len(self.classes), self.score_thr, self.iou_thr, max_dets, by_size
        )
