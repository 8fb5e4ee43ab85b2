"""Changing the size of features behind a low-pass filter."""

import torch
from torch import Tensor, nn
from torch.nn import functional

# Binomial filters, each with weights that sum to 1 along an axis.
_DOWN = (1.0, 2.0, 1.0)
_UP = (1.0, 3.0, 3.0, 1.0)


def _square(taps: tuple[float, ...]) -> Tensor:
    line = torch.tensor(taps)
    kernel = torch.outer(line, line)
    return (kernel / kernel.sum())[None, None]


class BlurDownsample(nn.Module):
    """Halves rows and columns, rounded up: a filter [1, 2, 1], then every second value.

    Source: Making Convolutional Networks Shift-Invariant Again, arXiv 1904.11486.
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('kernel', _square(_DOWN), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, C, (H + 1) // 2, (W + 1) // 2) of (N, C, H, W)."""
        channels = features.shape[1]
        padded = functional.pad(features, (1, 1, 1, 1), mode='reflect')
        kernel = self.kernel.to(features.dtype).expand(channels, -1, -1, -1)
        return functional.conv2d(padded, kernel, stride=2, groups=channels)


class BlurUpsample(nn.Module):
    """Doubles rows and columns: values are set apart and joined by a filter [1, 3, 3, 1].

    Source: Making Convolutional Networks Shift-Invariant Again, arXiv 1904.11486.
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('kernel', 4 * _square(_UP), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, C, 2 H, 2 W) of (N, C, H, W)."""
        channels = features.shape[1]
        padded = functional.pad(features, (1, 1, 1, 1), mode='replicate')
        kernel = self.kernel.to(features.dtype).expand(channels, -1, -1, -1)
        spread = functional.conv_transpose2d(padded, kernel, stride=2, padding=2, groups=channels)
        return spread[..., 1:-1, 1:-1]
