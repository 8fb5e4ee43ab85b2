"""Bringing both images of a pair to one size."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.datasets.transforms.pair_crop import PAIR
from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PairResize(BaseTransform):
    """Resize both images to a square, in their type.

    Pixels are averaged where an image becomes smaller, and interpolated linearly where it becomes
    larger.

    Required and changed: ``sar``, ``optical``.

    Args:
        size: Height and width in pixels.
    """

    def __init__(self, size: int = 256) -> None:
        if size < 1:
            raise ConfigError(f'PairResize: size={size} is not above zero')
        self.size = size

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize both."""
        for key in PAIR:
            image = results[key]
            if image.shape[:2] == (self.size, self.size):
                continue
            smaller = self.size <= min(image.shape[:2])
            resized = cv2.resize(
                np.ascontiguousarray(image),
                (self.size, self.size),
                interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
            )
            results[key] = resized if resized.ndim == 3 else resized[..., None]
        return results

    def __repr__(self) -> str:
        return f'PairResize(size={self.size})'
