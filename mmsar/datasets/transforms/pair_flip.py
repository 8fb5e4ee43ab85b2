"""Flipping both images of a pair alike."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.datasets.transforms.pair_crop import PAIR
from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PairFlip(BaseTransform):
    """Flip or transpose both images, or neither.

    The three together give all eight rotations and mirror images of a square. A radar image that is
    flipped looks as if it were taken from another side: layover and shadow change places.

    Required and changed: ``sar``, ``optical``.

    Args:
        horizontal: Probability to mirror left and right.
        vertical: Probability to mirror top and bottom.
        transpose: Probability to exchange rows and columns; images should be square.
    """

    def __init__(
        self, horizontal: float = 0.5, vertical: float = 0.5, transpose: float = 0.0
    ) -> None:
        self.prob = {'horizontal': horizontal, 'vertical': vertical, 'transpose': transpose}
        for name, value in self.prob.items():
            if not 0 <= value <= 1:
                raise ConfigError(f'PairFlip: {name}={value} is not a probability')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Flip both."""
        across, down, exchange = np.random.random(3) < list(self.prob.values())
        for key in PAIR:
            image = results[key]
            image = image[:, ::-1] if across else image
            image = image[::-1] if down else image
            results[key] = image.swapaxes(0, 1) if exchange else image
        return results

    def __repr__(self) -> str:
        return f'PairFlip({", ".join(f"{name}={value}" for name, value in self.prob.items())})'
