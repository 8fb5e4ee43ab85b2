"""What detectors that started from different weights find on the same test images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from rich.progress import track

from mmsar.apis.config import part_dataloader
from mmsar.apis.device import require_device
from mmsar.apis.launch import find_checkpoint
from mmsar.engine.hooks.check_weights import require_all_weights
from mmsar.engine.hooks.picture import to_picture
from mmsar.errors import CheckpointError, ConfigError
from mmsar.evaluation.detection.matching import FALSE, TRUE, assign_greedily
from mmsar.evaluation.detection.reading import read_sample
from mmsar.evaluation.detection.records import Detections, ImageRecord
from mmsar.visualization.detection_panel import ImageBoxes
from mmsar.visualization.marks import FALSE_ALARM, HIT, IGNORED, MISS, TRUTH

IOU_THR = 0.5
_SCORE_THR = 0.3  # the default of mmsar.SARDetMetric


@dataclass(frozen=True, eq=False)
class Findings:
    """What a detector finds in an image.

    Attributes:
        hits: (N, 4), detections of an object.
        false_alarms: (K, 4), other detections, without those of ignored objects.
        found: (M,), for each object that counts, whether it is detected.
        objects: (M, 4), those objects.
        ignored: (L, 4), objects that do not count.
    """

    hits: NDArray[Any]
    false_alarms: NDArray[Any]
    found: NDArray[np.bool_]
    objects: NDArray[np.float64]
    ignored: NDArray[np.float64]


def judge(image: ImageRecord, score_thr: float, iou_thr: float = IOU_THR) -> Findings:
    """Tell hits, misses and false alarms, as :class:`mmsar.SARDetMetric` counts them."""
    every, truth = image.detections, image.truth
    kept = every.scores >= score_thr
    shown = Detections(every.boxes[kept], every.scores[kept], every.labels[kept])
    outcome, owner = assign_greedily(shown, truth, iou_thr)
    found = np.isin(np.arange(len(truth.boxes)), owner[outcome == TRUE])
    return Findings(
        shown.boxes[outcome == TRUE],
        shown.boxes[outcome == FALSE],
        found[~truth.ignored],
        truth.boxes[~truth.ignored],
        truth.boxes[truth.ignored],
    )


@torch.no_grad()
def detect(config: Config, loader: Any, checkpoint: str, device: str = 'cpu') -> list[ImageRecord]:
    """Detect on all images of a data loader.

    Args:
        config: Of the detector.
        loader: See :func:`build_loader`.
        checkpoint: Of the detector, or a work folder with one.
        device: Such as ``cuda``.

    Raises:
        ConfigError: There is no such checkpoint or device, or it is no detector.
        CheckpointError: The checkpoint is of another model, or of other classes.
    """
    from mmengine.registry import MODELS
    from mmengine.runner import CheckpointLoader

    target = require_device(device)
    source = find_checkpoint(checkpoint)
    model: Any = MODELS.build(config.model)
    weights = CheckpointLoader.load_checkpoint(source, map_location='cpu')
    model.load_state_dict(require_all_weights(model, weights, source))
    classes = tuple(loader.dataset.metainfo['classes'])
    trained = ((weights.get('meta') or {}).get('dataset_meta') or {}).get('classes') or classes
    if tuple(trained) != classes:
        raise CheckpointError(
            f'checkpoint {source} was trained on the classes {", ".join(trained)}; the data have '
            f'{", ".join(classes)}'
        )
    model.to(target).eval()
    return [
        read_sample(sample.to_dict(), len(classes))
        for batch in track(loader, f'detecting with {source}')
        for sample in model.test_step(batch)
    ]


def build_loader(config: Config) -> Any:
    """Return the loader of the test images.

    Raises:
        ConfigError: The config is not that of a detector.
    """
    from mmengine.registry import init_default_scope
    from mmengine.runner import Runner

    init_default_scope(config.get('default_scope', 'mmdet'))
    loader: Any = Runner.build_dataloader(part_dataloader(config, 'test'), seed=0)
    if not loader.dataset.metainfo.get('classes'):
        raise ConfigError(
            'the config is not that of a detector: the data of its test_dataloader have no classes'
        )
    return loader


def differences(findings: Sequence[Sequence[Findings]]) -> NDArray[np.intp]:
    """Return, for each image, how much the detectors differ.

    It is the number of objects that some detectors find and others miss, and the largest
    difference of their false alarms. Of a single detector, its misses and false alarms.

    Args:
        findings: For each detector, those on each image.
    """
    values = []
    for of_image in zip(*findings, strict=True):
        found = np.stack([one.found for one in of_image])
        alarms = [len(one.false_alarms) for one in of_image]
        if len(of_image) == 1:
            values.append(int((~found).sum()) + alarms[0])
        else:
            values.append(int(found.any(0).sum() - found.all(0).sum()) + max(alarms) - min(alarms))
    return np.array(values, np.intp)


def score_threshold(config: Config) -> float:
    """Return the score from which the config's metric counts detections, or its default."""
    evaluators = config.get('test_evaluator') or []
    for evaluator in evaluators if isinstance(evaluators, list | tuple) else [evaluators]:
        if isinstance(evaluator.get('score_thr'), int | float):
            return float(evaluator['score_thr'])
    return _SCORE_THR


def to_image_boxes(
    config: Config, loader: Any, number: int, name: str, findings: Sequence[Findings]
) -> ImageBoxes:
    """Load an image, and mark what is in it and what each detector found."""
    item = loader.dataset[number]
    turned = (config.model.get('data_preprocessor') or {}).get('bgr_to_rgb', False)
    picture = to_picture(item['inputs'], item['data_samples'].metainfo, turned)
    truth = {TRUTH: findings[0].objects, IGNORED: findings[0].ignored}
    columns = [
        {HIT: one.hits, MISS: one.objects[~one.found], FALSE_ALARM: one.false_alarms}
        for one in findings
    ]
    return ImageBoxes(Path(name).stem, picture, [truth, *columns])
