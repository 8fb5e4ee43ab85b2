"""Cropping both images of a pair at one place."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS

PAIR = ('sar', 'optical')  # keys of the images in a sample


@TRANSFORMS.register_module()
class PairCrop(BaseTransform):
    """Cut the same square out of the SAR and the optical image.

    If the data set took its images apart (``patch``), each image is first cut to its window. The
    windows of a negative are those of two pairs.

    Required: ``sar``, ``optical``; optional ``sar_window``, ``optical_window``, which are removed.
    Changed: both images.

    Args:
        size: Height and width in pixels. Default: only the windows are cut.
        random: Draw the place in each image; False: take the middle.

    Raises:
        DataError: The images differ in size, or are too small.
    """

    def __init__(self, size: int | None = None, random: bool = True) -> None:
        if size is not None and size < 1:
            raise ConfigError(f'PairCrop: size={size} is not above zero')
        self.size = size
        self.random = random

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop both."""
        for key in PAIR:
            window = results.pop(f'{key}_window', None)
            if window is not None:
                row, column, height, width = window
                results[key] = results[key][row : row + height, column : column + width]
        height, width = require_equal_sizes(results)
        if self.size is None:
            return results
        if min(height, width) < self.size:
            raise DataError(
                f'{results.get("sar_path")} has {width} x {height} pixels here; PairCrop(size='
                f'{self.size}) needs more'
            )
        row, column = (height - self.size) // 2, (width - self.size) // 2
        if self.random:
            row = np.random.randint(height - self.size + 1)
            column = np.random.randint(width - self.size + 1)
        for key in PAIR:
            results[key] = results[key][row : row + self.size, column : column + self.size]
        return results

    def __repr__(self) -> str:
        return f'PairCrop(size={self.size}, random={self.random})'


def require_equal_sizes(results: dict[str, Any]) -> tuple[int, int]:
    """Return height and width of both images.

    Raises:
        DataError: They differ.
    """
    sar, optical = (results[key].shape[:2] for key in PAIR)
    if sar != optical:
        raise DataError(
            f'{results.get("sar_path")} has {sar[1]} x {sar[0]} pixels here and '
            f'{results.get("optical_path")} has {optical[1]} x {optical[0]}: register them '
            '(tools/dataset_converters/build_optical_sar_pairs.py), or bring all images to one '
            "size (dict(type='mmsar.PairResize') before this step)"
        )
    return sar
