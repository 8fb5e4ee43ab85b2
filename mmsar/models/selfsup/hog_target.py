"""Histograms of oriented gradients as the target of masked pre-training."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS


@MODELS.register_module()
class HOGTarget(nn.Module):
    """Histograms of oriented gradients, as in MaskFeat (Wei et al., 2022, arXiv 2112.09133).

    Sobel gradients, weighted with a Gaussian in windows, are counted by their orientation in
    square cells; each histogram has length 1. The values are those of mmpretrain's
    ``HOGGenerator``, which is for three channels and a grid of 14 x 14 patches; this one takes any
    number and size, and is in float32 under autocast too.

    Args:
        nbins: Orientations, over 180 degrees.
        cell: Side of a cell, in pixels.
        gaussian_window: Side of the windows, in pixels; 0 for no weights.

    Attributes:
        maps_per_channel: Maps that each channel of the image gives.
        stride: Pixels of the image, along each side, for one value of a map.
        map_names: Names of the maps of one channel.

    Raises:
        ConfigError: ``nbins`` or ``cell`` is below 1, or ``gaussian_window`` is 1 or below 0.
    """

    sobel: Tensor
    weights: Tensor

    def __init__(self, nbins: int = 9, cell: int = 8, gaussian_window: int = 16) -> None:
        super().__init__()
        if min(nbins, cell) < 1 or gaussian_window < 0 or gaussian_window == 1:
            raise ConfigError(
                f'HOGTarget: nbins={nbins}, cell={cell}, gaussian_window={gaussian_window}; give '
                'at least 1, 1 and 2 (0 for no window)'
            )
        self.nbins = nbins
        self.cell = cell
        self.maps_per_channel = nbins
        self.stride = cell
        self.map_names = tuple(f'{180 * n / nbins:.0f} degrees' for n in range(nbins))
        kernel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
        self.register_buffer('sobel', torch.stack([kernel, kernel.T])[:, None], persistent=False)
        self.register_buffer('weights', _gaussian(gaussian_window), persistent=False)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Compute the histograms.

        Args:
            images: (N, C, H, W), H and W multiples of ``cell``.

        Returns:
            (N, C * nbins, H / cell, W / cell), float32; the first channel comes first.

        Raises:
            DataError: A side is no multiple of ``cell``.
        """
        count, channels, height, width = images.shape
        if height % self.cell or width % self.cell:
            raise DataError(
                f'HOGTarget: images of {height} x {width} pixels have no whole number of cells of '
                f'{self.cell}; resize or crop them, or set cell'
            )
        with torch.autocast(images.device.type, enabled=False):
            flat = images.reshape(-1, 1, height, width).float()
            padded = functional.pad(flat, (1, 1, 1, 1), mode='reflect')
            gradient = functional.conv2d(padded, self.sobel)
            across, along = gradient[:, :1], gradient[:, 1:]
            bins = (torch.atan2(across, along) / math.pi * self.nbins).floor().long() % self.nbins
            strength = torch.hypot(across, along) * self._tiled(height, width)
            histogram = flat.new_zeros((len(flat), self.nbins, height, width))
            histogram.scatter_(1, bins, strength)
            cells = functional.avg_pool2d(histogram, self.cell)  # the scale does not matter
            cells = functional.normalize(cells, dim=1)
        return cells.reshape(count, channels * self.nbins, *cells.shape[2:])

    def _tiled(self, height: int, width: int) -> Tensor:
        side = len(self.weights)
        repeats = (-(-height // side), -(-width // side))
        return self.weights.repeat(repeats)[:height, :width]

    def extra_repr(self) -> str:
        """Return the arguments."""
        return f'nbins={self.nbins}, cell={self.cell}, gaussian_window={len(self.weights)}'


def _gaussian(side: int) -> Tensor:
    """Return weights (side, side) of sum 1, with a standard deviation of half the side."""
    if side == 0:
        return torch.ones(1, 1)
    place = torch.arange(side, dtype=torch.float32)
    line = torch.exp(-0.5 * ((place - place.mean()) / (side // 2)).square())
    square = line[:, None] * line
    return square / square.sum()
