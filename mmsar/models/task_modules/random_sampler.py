"""The sampler of anchors and regions in two-stage detectors."""

from typing import Any

import torch
from mmdet.models.task_modules.samplers import RandomSampler as MMDetRandomSampler
from torch import Tensor

from mmsar import randomness
from mmsar.registry import TASK_UTILS


@TASK_UTILS.register_module()
class RandomSampler(MMDetRandomSampler):
    """``mmdet.RandomSampler`` whose draws follow the image's place in the global batch.

    mmdet draws from the global generator, image after image, so two processes with half of the
    batch each choose other regions than one process would. Here the draws for an image follow
    (seed, iteration, its place in the global batch). Arguments are mmdet's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iteration = -1
        self._image = -1
        self._generator = torch.Generator()

    def sample(self, *args: Any, **kwargs: Any) -> Any:
        """Sample regions of the next image; mmdet calls this once an image, in order."""
        self._next_image()
        return super().sample(*args, **kwargs)

    def random_choice(self, gallery: Tensor, num: int) -> Tensor:
        """Choose ``num`` entries of ``gallery`` without repetition."""
        chosen = torch.randperm(len(gallery), generator=self._generator)[:num]
        return gallery[chosen.to(gallery.device)]

    def _next_image(self) -> None:
        iteration = randomness.iteration_seed()
        self._image = self._image + 1 if iteration == self._iteration else 0
        self._iteration = iteration
        place = randomness.global_place(self._image)
        self._generator.manual_seed(randomness.iteration_seed('regions', self.num, place))
