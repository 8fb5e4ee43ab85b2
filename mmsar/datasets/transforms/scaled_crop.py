"""Cropping a low- and a high-resolution image at one place."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ScaledPairCrop(BaseTransform):
    """Cut the same square out of ``img`` and, ``scale`` times as large, out of ``gt``.

    Required: ``img``, ``gt``, ``scale``. Changed: both images.

    Args:
        size: Height and width of the square in ``img``, in pixels.
        random: Draw the place; False: the middle.
        foreground: If the values of ``gt`` in a drawn square are all at or below this, draw again,
            up to ``attempts`` times: most of an ISAR image is black. Default: do not look.
        attempts: See there.

    Raises:
        DataError: An image is too small.
    """

    def __init__(
        self,
        size: int,
        random: bool = True,
        foreground: float | None = None,
        attempts: int = 4,
    ) -> None:
        if size < 1 or attempts < 1:
            raise ConfigError(
                f'ScaledPairCrop: size={size}, attempts={attempts}; both must be above zero'
            )
        self.size = size
        self.random = random
        self.foreground = foreground
        self.attempts = attempts

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop both."""
        img, gt, scale = results['img'], results['gt'], results['scale']
        free = [side - self.size for side in img.shape[:2]]
        if min(free) < 0:
            raise DataError(
                f'{results.get("img_path", results.get("gt_path"))} has {img.shape[1]} x '
                f'{img.shape[0]} pixels at low resolution; ScaledPairCrop(size={self.size}) needs '
                'more: lower it in the pipeline of the config'
            )
        large = self.size * scale
        for _ in range(self.attempts):
            row, column = ((np.random.randint(n + 1) if self.random else n // 2) for n in free)
            part = gt[row * scale : row * scale + large, column * scale : column * scale + large]
            if not self.random or self.foreground is None or part.max() > self.foreground:
                break
        results['gt'] = part
        results['img'] = img[row : row + self.size, column : column + self.size]
        return results

    def __repr__(self) -> str:
        return (
            f'ScaledPairCrop(size={self.size}, random={self.random}, '
            f'foreground={self.foreground}, attempts={self.attempts})'
        )
