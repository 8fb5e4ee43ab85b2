"""Contrast as an augmentation."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomContrast(BaseTransform):
    """Change the contrast about the mean: x' = f x + (1 - f) mean(x), f from 1 - c to 1 + c.

    It is torchvision's ``ColorJitter(contrast=c)`` for float images with any number of channels
    (mmpretrain's wants colour images of 8 bits); the mean is over all channels. The values are
    clipped before and after, so what bicubic resampling overshoots ends here, as it does in images
    of 8 bits: put it behind the resampling.

    Required and changed: ``<key>``, float32 in ``out``.

    Args:
        contrast: c, from 0 (clip only) to 1.
        out: Range of the values, that of :class:`mmsar.StretchSAR` before.
        key: Name of the image in the sample.

    Raises:
        ConfigError: ``contrast`` or ``out`` is out of range.
    """

    def __init__(
        self, contrast: float = 0.5, out: tuple[float, float] = (0.0, 255.0), key: str = 'img'
    ) -> None:
        if not 0 <= contrast <= 1:
            raise ConfigError(f'RandomContrast: contrast={contrast}; give a number from 0 to 1')
        if len(out) != 2 or not out[0] < out[1]:
            raise ConfigError(f'RandomContrast: out={out!r}; give (lower, upper)')
        self.contrast = contrast
        self.out = (float(out[0]), float(out[1]))
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the image."""
        image = np.clip(results[self.key], *self.out).astype(np.float32, copy=False)
        if self.contrast:
            factor = np.random.uniform(1 - self.contrast, 1 + self.contrast)
            mean = float(image.mean(dtype=np.float64))
            image = np.clip(image * np.float32(factor) + np.float32((1 - factor) * mean), *self.out)
        results[self.key] = image.astype(np.float32, copy=False)
        return results

    def __repr__(self) -> str:
        return f'RandomContrast(contrast={self.contrast}, out={self.out}, key={self.key!r})'
