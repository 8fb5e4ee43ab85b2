"""Parts of chips, drawn anew each time."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomChipCrop(BaseTransform):
    """Cut a square out of an image, at a place that is drawn evenly.

    Required and changed: ``img``, (H, W, C) or (H, W), and ``img_shape``.

    Args:
        size: Rows and columns.

    Raises:
        ConfigError: The size is not above zero.
        DataError: An image is smaller.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ConfigError(f'RandomChipCrop: size={size} is not above zero')
        self.size = size

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop the image."""
        image = results['img']
        room = [side - self.size for side in image.shape[:2]]
        if min(room) < 0:
            raise DataError(
                f'{results.get("img_path", "a chip")} has {image.shape[0]} rows and '
                f'{image.shape[1]} columns, fewer than RandomChipCrop.size={self.size}'
            )
        top, left = (int(np.random.randint(side + 1)) for side in room)
        image = image[top : top + self.size, left : left + self.size]
        results['img'] = np.ascontiguousarray(image)
        results['img_shape'] = image.shape[:2]
        return results

    def __repr__(self) -> str:
        return f'RandomChipCrop(size={self.size})'
