"""Migration with a network that was trained to translate."""

from typing import Any

import torch
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.migrated import Migrated, require_images


def fill_up(images: Tensor, divisor: int, least: int = 1) -> tuple[Tensor, slice, slice]:
    """Mirror images at their borders until their sides are multiples of a number.

    Args:
        images: (N, C, H, W), of any size; where a side is short it is mirrored again and again.
        divisor: The number.
        least: Length of the shortest side that is enough.

    Returns:
        (N, C, H', W'), and where rows and columns of the images lie in it, about its middle.
    """
    within = []
    for axis in (-2, -1):
        length = images.shape[axis]
        missing = -(-max(length, least) // divisor) * divisor - length
        before = missing // 2
        within.append(slice(before, before + length))
        if missing:
            # 0 1 2 1 0 1 2: a wave of period 2 (length - 1).
            place = torch.arange(-before, length + missing - before, device=images.device)
            place = place.remainder(max(2 * (length - 1), 1))
            place = torch.minimum(place, 2 * (length - 1) - place) if length > 1 else place * 0
            images = images.index_select(axis, place)
    return images, within[0], within[1]


class Translator:
    """What trained networks have in common that migrate images by themselves.

    A mixin of an mmengine model with ``translate``. References are not looked at: the network has
    learned the new sensor when it was trained.

    Attributes:
        needs_weights: Without a checkpoint they would make noise: :class:`mmsar.MigrationLoop`
            refuses to start.
        divisor: Of rows and columns of what the network takes.
        least: Rows and columns that it must have, for features of more than a pixel.
    """

    needs_weights = True
    divisor = 4
    least = 16

    def translate(self, images: Tensor) -> Tensor:
        """Return images of the new sensor, of the same shape (N, 1, H, W), both in [-1, 1].

        Args:
            images: H and W are multiples of ``divisor``, and ``least`` or more.
        """
        raise NotImplementedError

    @torch.no_grad()
    def migrate(self, contents: Tensor, styles: Tensor) -> Migrated:
        """Translate contents; the networks are in evaluation mode meanwhile.

        Args:
            contents: (N, 1, H, W), in [0, 1], of any size.
            styles: (S, 1, H, W), likewise; not looked at.

        Raises:
            DataError: Sizes differ, or values are not in [0, 1].
        """
        require_images(contents, styles)
        module: Any = self
        weight = next(module.parameters())
        filled, rows, columns = fill_up(contents.to(weight), self.divisor, self.least)
        training = module.training
        module.eval()
        try:
            made = self.translate(2 * filled - 1)
        finally:
            module.train(training)
        images = ((made + 1) / 2).clamp(0, 1)[..., rows, columns]
        # clamp() leaves NaN what it is.
        return Migrated.without_losses(images.cpu())


def require_training_step(mode: str) -> None:
    """Say what mmengine's wrapper for several processes cannot do.

    Raises:
        ConfigError: The model was asked for a loss.
    """
    if mode == 'loss':
        raise ConfigError(
            'adversarial networks are trained in one process: their steps have several optimisers '
            'and image pools. Leave out the launcher; several trainings may run side by side'
        )
