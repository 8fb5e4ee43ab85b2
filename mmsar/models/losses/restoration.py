"""Losses of restored images, beside mmagic's L1Loss and CharbonnierLoss."""

import torch
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.registry import MODELS


@MODELS.register_module()
class ForegroundLoss(nn.Module):
    """Mean error in which the target's foreground counts for more.

    One or two pixels of a hundred of an ISAR image show the target: the mean over all of them
    hardly notices it. The weights are 1, and ``1 + weight`` where the truth is above ``above``;
    their sum is divided by.

    Args:
        above: Values of the truth above this are foreground, in the range of the network.
        weight: See there.
        power: 1: absolute errors, whose best guess is the median; 2: squares, which PSNR counts. Of
            a target with speckle the median can be black.
        loss_weight: Factor of the whole.

    Raises:
        ConfigError: A weight is negative, or the power another.
    """

    def __init__(
        self, above: float = 0.0, weight: float = 10.0, loss_weight: float = 1.0, power: int = 1
    ) -> None:
        super().__init__()
        if power not in (1, 2):
            raise ConfigError(f'ForegroundLoss: power={power!r}; choose 1 or 2')
        _require_weights('ForegroundLoss', weight=weight, loss_weight=loss_weight)
        self.above = above
        self.weight = weight
        self.power = power
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a scalar, of two (N, C, H, W)."""
        weights = 1 + self.weight * (target > self.above).to(pred.dtype)
        errors = (pred - target).abs() if self.power == 1 else (pred - target).square()
        return self.loss_weight * (errors * weights).sum() / weights.sum()


@MODELS.register_module()
class SpectralLoss(nn.Module):
    """Mean absolute difference of the spectra, real and imaginary part.

    A pixel-wise loss prefers a blurred edge to one that is a pixel off; what is missing of a
    resolution is missing in the outer part of the spectrum. The transform keeps energy ('ortho'),
    so the value has the order of magnitude of the mean absolute error. In float32 under mixed
    precision.

    Args:
        loss_weight: Factor of the whole.

    Raises:
        ConfigError: It is negative.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        _require_weights('SpectralLoss', loss_weight=loss_weight)
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a scalar, of two (N, C, H, W)."""
        difference = torch.fft.rfft2(pred.float() - target.float(), norm='ortho')
        return self.loss_weight * torch.view_as_real(difference).abs().mean()


def _require_weights(owner: str, **weights: float) -> None:
    for name, value in weights.items():
        if not value >= 0:
            raise ConfigError(f'{owner}: {name}={value}; give a number from 0')
