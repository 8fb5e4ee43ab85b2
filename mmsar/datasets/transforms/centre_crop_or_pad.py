"""Bringing chips to one size without resampling them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class CentreCropOrPad(BaseTransform):
    """Cut the middle out of larger images, and mirror smaller ones at their borders.

    Chips of MSTAR have other sizes for other classes, so a network that sees them resized to one
    size can tell classes by how much they were enlarged. Put this before the step that resizes.

    Required and changed: ``<key>``, (H, W, C) or (H, W). With key ``img`` also ``img_shape``.

    Args:
        size: Height and width in pixels. One that differs from it by an odd number of pixels has
            the odd one at its lower or right end.
        sets: Change samples of these data sets only, by their ``data_set``. Default: all.
        pad: ``reflect``, or ``zero``, which leaves a frame that shows how small an image was.
        key: Name of the image in the sample.
    """

    def __init__(
        self,
        size: int = 128,
        sets: Sequence[str] | None = None,
        pad: str = 'reflect',
        key: str = 'img',
    ) -> None:
        if size < 1:
            raise ConfigError(f'CentreCropOrPad: size={size} is not above zero')
        if isinstance(sets, str):
            raise ConfigError(f'CentreCropOrPad: sets={sets!r}; give a list')
        if pad not in ('reflect', 'zero'):
            raise ConfigError(f'CentreCropOrPad: pad={pad!r}; choose reflect or zero')
        self.size = size
        self.sets = None if sets is None else tuple(sets)
        self.pad = pad
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop or pad the image."""
        if self.sets is not None:
            if 'data_set' not in results:
                raise ConfigError(
                    f'CentreCropOrPad: sets={list(self.sets)}, and the samples do not say which '
                    'data set they are from; leave out sets, or use mmsar.MSTAR or mmsar.SARVSA'
                )
            if results['data_set'] not in self.sets:
                return results
        image = results[self.key]
        missing = [max(self.size - side, 0) for side in image.shape[:2]]
        if any(missing):
            width = [(side // 2, side - side // 2) for side in missing]
            width += [(0, 0)] * (image.ndim - 2)
            # 'symmetric' also mirrors images of one pixel, and again where one time is not enough.
            image = np.pad(image, width, 'symmetric' if self.pad == 'reflect' else 'constant')
        top, left = ((side - self.size) // 2 for side in image.shape[:2])
        image = image[top : top + self.size, left : left + self.size]
        results[self.key] = np.ascontiguousarray(image)
        if self.key == 'img':
            results['img_shape'] = image.shape[:2]
        return results

    def __repr__(self) -> str:
        return (
            f'CentreCropOrPad(size={self.size}, sets={self.sets}, pad={self.pad!r}, '
            f'key={self.key!r})'
        )
