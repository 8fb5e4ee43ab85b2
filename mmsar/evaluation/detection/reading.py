"""From a sample, as mmdet's models return it, to what the metric keeps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.detection.records import Detections, GroundTruth, ImageRecord, Tile

_SLICER = 'tools/dataset_converters/slice_scenes.py'


def read_sample(sample: Mapping[str, Any], num_classes: int) -> ImageRecord:
    """Read predictions, annotations and meta information of an image.

    Args:
        sample: ``DetDataSample.to_dict()``; see :class:`mmsar.SARDetMetric` for its fields.
        num_classes: Number of classes.

    Raises:
        DataError: A field is missing or malformed, or a prediction is not a number.
        ConfigError: A label is not one of the classes.
    """
    name = str(sample.get('img_path', sample.get('img_id', 'an image without img_path')))
    rows, columns = _packed(sample, 'ori_shape', name)[:2]
    instances = _packed(sample, 'instances', name)
    truth = read_truth(instances, name)
    detections = _read_detections(sample['pred_instances'], name)
    for kind, labels in (('annotations', truth.labels), ('predictions', detections.labels)):
        if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
            raise ConfigError(
                f'{name}: its {kind} have the labels {labels.min()} to {labels.max()}, but there '
                f'are {num_classes} classes; set num_classes of the model accordingly'
            )
    subset = sample.get('subset')
    return ImageRecord(
        name=name,
        pixels=int(rows) * int(columns),
        detections=detections,
        truth=truth,
        spacing=_read_spacing(sample, name),
        subset=None if subset is None else str(subset),
        tile=_read_tile(sample, instances, name),
    )


def read_truth(instances: Sequence[Mapping[str, Any]], name: str) -> GroundTruth:
    """Read annotated objects.

    Args:
        instances: As :class:`mmsar.datasets.detection.base.DetectionDataset` gives them.
        name: The image, for messages.

    Raises:
        DataError: A box is not finite.
    """
    boxes = _boxes([item['bbox'] for item in instances], name)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    areas = [item.get('area') for item in instances]
    return GroundTruth(
        boxes=boxes,
        labels=np.array([item['bbox_label'] for item in instances], np.int64),
        ignored=np.array([item.get('ignore_flag', 0) for item in instances], np.bool_),
        areas=np.array(
            [
                box_area if area is None else area
                for area, box_area in zip(areas, width * height, strict=True)
            ],
            np.float64,
        ),
    )


def require_spacing(spacing: Any, source: str) -> tuple[float, float]:
    """Check a pixel spacing.

    Raises:
        DataError: It is not two positive numbers.
    """
    try:
        row, column = (float(value) for value in spacing)
    except (TypeError, ValueError):
        row = column = 0.0
    if not (0 < row < np.inf and 0 < column < np.inf):
        raise DataError(
            f'{source}: pixel_spacing {spacing!r} is not (between rows, between columns) in metres'
        )
    return row, column


def _packed(sample: Mapping[str, Any], field: str, name: str) -> Any:
    if field not in sample:
        raise DataError(
            f"{name} reaches the metric without {field!r}: add it to meta_keys of 'PackDetInputs' "
            'in the test pipeline, as configs/_base_/datasets/detection.py does'
        )
    return sample[field]


def _read_detections(predicted: Mapping[str, Any], name: str) -> Detections:
    boxes, scores = _array(predicted['bboxes']).reshape(-1, 4), _array(predicted['scores'])
    if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
        raise DataError(
            f'{name}: the predictions are not finite numbers. Either the training has diverged '
            '(lower the learning rate), or the image holds NaN that the pipeline keeps'
        )
    return Detections(boxes, scores, _array(predicted['labels']).astype(np.int64))


def _array(values: Any) -> NDArray[Any]:
    tensor = torch.as_tensor(values).detach().cpu()
    if tensor.dtype in (torch.float16, torch.bfloat16):  # numpy has no bfloat16
        tensor = tensor.float()
    return tensor.numpy().copy()  # a view would keep all that the model computed


def _boxes(values: Sequence[Sequence[float]], name: str) -> NDArray[np.float64]:
    boxes = np.array(values, np.float64).reshape(-1, 4)
    if not np.isfinite(boxes).all():
        raise DataError(f'{name}: an annotated box is not finite; correct the annotations')
    return boxes


def _read_spacing(sample: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    spacing = sample.get('pixel_spacing')
    if spacing is None:
        spacing = getattr(sample.get('img_raster'), 'pixel_spacing', None)
    return None if spacing is None else require_spacing(spacing, name)


def _read_tile(
    sample: Mapping[str, Any], instances: Sequence[Mapping[str, Any]], name: str
) -> Tile | None:
    if sample.get('scene') is None:
        return None
    for item in instances:
        absent = [key for key in ('scene_object', 'scene_bbox', 'scene_ignored') if key not in item]
        if absent:
            raise DataError(
                f'{name} is a tile of scene {sample["scene"]!r}, but an object has no '
                f'{absent[0]!r}: tiles must be made by {_SLICER}'
            )
    row, column, height, width = (int(v) for v in _packed(sample, 'window', name))
    rows, columns = (int(v) for v in _packed(sample, 'scene_shape', name))
    return Tile(
        scene=str(sample['scene']),
        window=(row, column, height, width),
        scene_shape=(rows, columns),
        objects=tuple(item['scene_object'] for item in instances),
        boxes=_boxes([item['scene_bbox'] for item in instances], name),
        ignored=np.array([item['scene_ignored'] for item in instances], np.bool_),
    )
