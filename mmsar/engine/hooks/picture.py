"""Pictures of predictions beside ground truth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.hooks import Hook
from torch import Tensor

from mmsar.registry import HOOKS


@HOOKS.register_module()
class DetectionPictureHook(Hook):
    """Draw ground truth (left) and predictions (right) on what the network saw.

    It replaces ``mmdet.DetVisualizationHook``, which reads each image file again through OpenCV:
    that fails for NPY and MAT files and keeps the high byte only of 16-bit ones.

    Args:
        draw: Whether to draw at all; ``tools/test.py --show-dir`` switches it on.
        interval: Draw every n-th validation image. A test draws all.
        score_thr: Predictions below this score are left out.
        out_dir: Folder for the pictures of a test. Default: the visualizer's backends (work
            folder, TensorBoard).
    """

    def __init__(
        self,
        draw: bool = False,
        interval: int = 50,
        score_thr: float = 0.3,
        out_dir: str | None = None,
    ) -> None:
        self.draw = draw
        self.interval = interval
        self.score_thr = score_thr
        self.out_dir = Path(out_dir) if out_dir else None
        self._drawn: set[str] = set()

    def after_val_iter(
        self,
        runner: Any,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        """Draw the first image of every n-th batch."""
        if self.draw and data_batch and outputs and batch_idx % self.interval == 0:
            self._draw(runner, 'val', data_batch['inputs'][0], outputs[0], None, runner.iter)

    def after_test_iter(
        self,
        runner: Any,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        """Draw every image."""
        if not (self.draw and data_batch and outputs):
            return
        for image, sample in zip(data_batch['inputs'], outputs, strict=True):
            target = self.out_dir / self._file_name(sample) if self.out_dir else None
            self._draw(runner, 'test', image, sample, target, batch_idx)

    def _draw(
        self, runner: Any, name: str, image: Tensor, sample: Any, target: Path | None, step: int
    ) -> None:
        preprocessor = getattr(runner.model, 'module', runner.model).data_preprocessor
        picture = to_picture(
            image, sample.metainfo, getattr(preprocessor, '_channel_conversion', False)
        )
        runner.visualizer.add_datasample(
            f'{name}_{Path(sample.img_path).stem}',
            picture,
            data_sample=sample,
            pred_score_thr=self.score_thr,
            out_file=str(target) if target else None,
            step=step,
        )

    def _file_name(self, sample: Any) -> str:
        """Return a name after the image; images of one name in several folders are numbered."""
        stem = Path(sample.img_path).stem
        name, number = f'{stem}.png', 1
        while name in self._drawn:
            number += 1
            name = f'{stem}_{number}.png'
        self._drawn.add(name)
        return name


def to_picture(image: Tensor, metainfo: dict[str, Any], swap_channels: bool) -> np.ndarray:
    """Turn a network input back into a picture of the original size.

    Args:
        image: (C, H, W), before normalisation; 1 or 3 channels are drawn as they are, of others
            the first. Values other than uint8 are stretched from their minimum to their maximum.
        metainfo: ``ori_shape`` (height, width) and ``scale_factor`` (w, h) of the sample.
        swap_channels: The channels are BGR.

    Returns:
        (H, W, 3), uint8, RGB.
    """
    height, width = metainfo['ori_shape'][:2]
    scale_w, scale_h = metainfo.get('scale_factor', (1.0, 1.0))
    array = image.cpu().numpy()
    # Padding at the right and bottom is not part of the image.
    array = array[:, : max(1, round(height * scale_h)), : max(1, round(width * scale_w))]
    if array.dtype != np.uint8:
        low, high = float(array.min()), float(array.max())
        array = ((array - low) / max(high - low, 1e-12) * 255).astype(np.uint8)
    if len(array) != 3:
        array = np.repeat(array[:1], 3, axis=0)
    elif swap_channels:
        array = array[::-1]
    return cv2.resize(np.ascontiguousarray(array.transpose(1, 2, 0)), (width, height))
