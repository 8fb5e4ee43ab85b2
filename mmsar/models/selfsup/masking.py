"""Which units of an image are hidden in masked pre-training."""

from typing import NamedTuple

import torch
from torch import Tensor

from mmsar import randomness


class Masks(NamedTuple):
    """The hidden units of N images with L units, K of them visible.

    Args:
        keep: (N, K), int64: the visible units.
        hidden: (N, L - K), int64: the others.
        restore: (N, L), int64: for each unit, its position among the visible ones and, after
            these, the hidden ones.
        mask: (N, L), float32: 1 where a unit is hidden, 0 where it is visible.
    """

    keep: Tensor
    hidden: Tensor
    restore: Tensor
    mask: Tensor


@torch.compiler.disable
def draw_masks(
    batch_size: int, units: int, mask_ratio: float, device: torch.device, training: bool = True
) -> Masks:
    """Hide units at random: of one draw of uniform numbers, those with the smallest stay visible.

    In a training run, the draw follows the seed and the iteration, and is the part of this process
    of one for the global batch. Otherwise the global generator draws, in evaluation mode too.

    Args:
        batch_size: Images of this process, N.
        units: Of an image, L.
        mask_ratio: Share of hidden units; int(L * (1 - mask_ratio)) stay visible.
        device: Of the result.
        training: Whether the model is in training mode.
    """
    if training and randomness.has_begun():
        draws = randomness.draw_for_batch(
            lambda n, generator: torch.rand(n, units, generator=generator), batch_size, 'mask'
        )
    else:
        draws = torch.rand(batch_size, units)
    return masks_of(draws, mask_ratio, device)


def masks_of(draws: Tensor, mask_ratio: float, device: torch.device) -> Masks:
    """Hide all units but those with the smallest numbers.

    Args:
        draws: (N, L).
        mask_ratio: See :func:`draw_masks`.
        device: Of the result.
    """
    order = draws.argsort(dim=1, stable=True)
    restore = order.argsort(dim=1)
    visible = int(draws.shape[1] * (1 - mask_ratio))
    mask = (restore >= visible).float()
    parts = (order[:, :visible], order[:, visible:], restore, mask)
    return Masks(*(part.to(device) for part in parts))
