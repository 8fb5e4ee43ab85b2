"""Cropping a low- and a high-resolution image at one place."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

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
        around: Draw a pixel of ``gt`` above this value, and a square that holds it, so that squares
            show what is bright as often as it covers pixels. An image without one: any square.

    Raises:
        ConfigError: An argument is out of range, or two say where to cut.
        DataError: An image is too small.
    """

    def __init__(
        self,
        size: int,
        random: bool = True,
        foreground: float | None = None,
        attempts: int = 4,
        around: float | None = None,
    ) -> None:
        if size < 1 or attempts < 1:
            raise ConfigError(
                f'ScaledPairCrop: size={size}, attempts={attempts}; both must be above zero'
            )
        if around is not None and (foreground is not None or not random):
            raise ConfigError(
                'ScaledPairCrop: around says where to cut; leave out foreground, and random=False'
            )
        self.around = around
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
            row, column = self._place(gt, scale, free)
            part = gt[row * scale : row * scale + large, column * scale : column * scale + large]
            if not self.random or self.foreground is None or part.max() > self.foreground:
                break
        results['gt'] = part
        results['img'] = img[row : row + self.size, column : column + self.size]
        return results

    def _place(self, gt: NDArray[Any], scale: int, free: list[int]) -> list[int]:
        """Return where the square begins, in pixels of ``img``."""
        if not self.random:
            return [n // 2 for n in free]
        if self.around is not None:
            bright = np.flatnonzero(gt.max(axis=-1) > self.around)
            if len(bright):
                pixel = divmod(int(np.random.choice(bright)), gt.shape[1])
                inside = np.random.randint(self.size, size=2)
                first = (side // scale - n for side, n in zip(pixel, inside, strict=True))
                return [int(np.clip(a, 0, n)) for a, n in zip(first, free, strict=True)]
        return [int(np.random.randint(n + 1)) for n in free]

    def __repr__(self) -> str:
        return (
            f'ScaledPairCrop(size={self.size}, random={self.random}, '
            f'foreground={self.foreground}, attempts={self.attempts}, around={self.around})'
        )
