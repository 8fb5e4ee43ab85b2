"""Contrast as an augmentation."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomContrast(BaseTransform):
    """Stretch or squeeze the values about their mean, and clip them.

    What torchvision's ``ColorJitter(contrast=...)`` does to a grey image, for float images too:
    mmpretrain's takes the mean of three 8-bit channels.

    Required and changed: ``<key>``, float32.

    Args:
        strength: The factor is drawn uniformly from 1 - strength to 1 + strength.
        limits: Values are clipped to this range, that of ``StretchSAR``. What a bicubic filter
            puts beyond it goes as well.
        key: Name of the image in the sample.

    Raises:
        ConfigError: ``strength`` is not in 0 to 1.
    """

    def __init__(
        self,
        strength: float = 0.5,
        limits: tuple[float, float] = (0.0, 255.0),
        key: str = 'img',
    ) -> None:
        if not 0 <= strength <= 1:
            raise ConfigError(f'RandomContrast: strength={strength}; it must be in 0 to 1')
        self.strength = strength
        self.limits = limits
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the image."""
        factor = np.float32(np.random.uniform(1 - self.strength, 1 + self.strength))
        array = np.clip(results[self.key].astype(np.float32), *self.limits)
        mean = np.float32(array.mean(dtype=np.float64))
        results[self.key] = np.clip(mean + factor * (array - mean), *self.limits)
        return results

    def __repr__(self) -> str:
        return f'RandomContrast(strength={self.strength}, limits={self.limits}, key={self.key!r})'
