"""The sampler of anchors and regions in two-stage detectors."""

from typing import Any

import torch
from mmdet.models.task_modules.samplers import RandomSampler as MMDetRandomSampler
from mmdet.structures.bbox import get_box_tensor
from torch import Tensor

from mmsar import randomness
from mmsar.registry import TASK_UTILS

# Regions are told apart by their corners in cells of this many pixels.
_CELL = 4
# Odd 64-bit constants of a multiplicative hash (splitmix64), as signed integers.
_MULTIPLIERS = (-0x61C8864680B583EB, -0x40A7B892E31B1A47, -0x6B2FB644ECCEEE15)


@TASK_UTILS.register_module()
class RandomSampler(MMDetRandomSampler):
    """``mmdet.RandomSampler`` whose draws follow the image and the place of a region in it.

    mmdet draws positions in a list from the global generator, image after image. Two processes
    with half of the batch each then choose other regions than one process; and a rounding error
    that swaps two proposals of nearly equal score changes the whole choice. Here a region's draw
    is a hash of (seed, iteration, place of the image in the global batch, place of the region in
    the image). Arguments are mmdet's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iteration = -1
        self._image = -1
        self._regions: Tensor | None = None

    def sample(self, *args: Any, **kwargs: Any) -> Any:
        """Sample regions of the next image; mmdet calls this once an image, in order."""
        iteration = randomness.iteration_seed()
        self._image = self._image + 1 if iteration == self._iteration else 0
        self._iteration = iteration
        return super().sample(*args, **kwargs)

    def _sample_pos(self, *args: Any, **kwargs: Any) -> Tensor:
        self._regions = kwargs.get('bboxes')
        return super()._sample_pos(*args, **kwargs)

    def _sample_neg(self, *args: Any, **kwargs: Any) -> Tensor:
        self._regions = kwargs.get('bboxes')
        return super()._sample_neg(*args, **kwargs)

    def random_choice(self, gallery: Tensor, num: int) -> Tensor:
        """Choose ``num`` entries of ``gallery``, indices of regions, without repetition."""
        place = randomness.global_place(self._image)
        seed = randomness.iteration_seed('regions', self.num, place)
        draws = hash_regions(get_box_tensor(self._regions)[gallery], seed)
        return gallery[draws.argsort(stable=True)[:num]]


def hash_regions(boxes: Tensor, seed: int) -> Tensor:
    """Return a pseudo-random 64-bit integer for each box.

    Args:
        boxes: (N, 4), x1, y1, x2, y2 in pixels.
        seed: 0 <= seed < 2**32.

    Returns:
        (N,), int64. Boxes with equal corners in cells of 4 pixels have equal values.
    """
    cells = (boxes.detach() / _CELL).round().long()
    value = torch.full_like(cells[:, 0], seed)
    for corner in cells.unbind(1):
        value = (value ^ corner) * _MULTIPLIERS[0]
        # Logical shifts: int64 ones are arithmetic.
        value = (value ^ ((value >> 30) & 0x3FFFFFFFF)) * _MULTIPLIERS[1]
        value = (value ^ ((value >> 27) & 0x1FFFFFFFFF)) * _MULTIPLIERS[2]
    return value
