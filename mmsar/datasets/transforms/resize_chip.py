"""Resizing float images as Pillow resizes those of 8 bits."""

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ResizeChip(BaseTransform):
    """Resize to a square with Pillow's bicubic filter, which widens where an image shrinks.

    mmcv's ``Resize`` leaves out most pixels of an image that becomes much smaller (its bicubic is
    OpenCV's), and knows Pillow's filters for 8-bit images only.

    Required and changed: ``<key>``, (H, W, C), float32. With key ``img`` also ``img_shape``.

    Args:
        scale: Height and width in pixels.
        keep_ratio: Bring the shorter side to ``scale``, and cut the middle out. Default: squash.
        clip: Range of the result, for the filter goes beyond that of the image; None for all.
        key: Name of the image in the sample.
    """

    def __init__(
        self,
        scale: int = 224,
        keep_ratio: bool = False,
        clip: tuple[float, float] | None = (0.0, 255.0),
        key: str = 'img',
    ) -> None:
        if scale < 1:
            raise ConfigError(f'ResizeChip: scale={scale} is not above zero')
        self.scale = scale
        self.keep_ratio = keep_ratio
        self.clip = clip
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize the image."""
        image = results[self.key]
        size = [self.scale, self.scale]
        if self.keep_ratio:
            shorter = min(image.shape[:2])
            size = [int(self.scale * side / shorter) for side in image.shape[:2]]
        if tuple(size) != image.shape[:2]:
            planes = torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)
            resized = torch.nn.functional.interpolate(
                planes[None], size, mode='bicubic', align_corners=False, antialias=True
            )
            if self.clip is not None:
                resized = resized.clamp_(*self.clip)
            image = resized[0].permute(1, 2, 0).numpy()
        top, left = ((side - self.scale + 1) // 2 for side in image.shape[:2])
        image = image[top : top + self.scale, left : left + self.scale]
        results[self.key] = np.ascontiguousarray(image)
        if self.key == 'img':
            results['img_shape'] = image.shape[:2]
        return results

    def __repr__(self) -> str:
        return (
            f'ResizeChip(scale={self.scale}, keep_ratio={self.keep_ratio}, clip={self.clip}, '
            f'key={self.key!r})'
        )
