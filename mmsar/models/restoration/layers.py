"""Layers for images whose channels come last in memory, (N, H, W, C)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Pointwise(nn.Linear):
    """A convolution of 1 x 1 pixels, as a matrix product; its weight is (out, in)."""


def depthwise(x: Tensor, convolution: nn.Conv2d) -> Tensor:
    """Convolve (N, H, W, C); the channels stay last."""
    return convolution(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).contiguous()


def gate(x: Tensor) -> Tensor:
    """Return the product of both halves of the channels, (N, H, W, C) to (N, H, W, C / 2)."""
    first, second = x.chunk(2, dim=-1)
    return first * second


class Down(nn.Module):
    """Half the size, by the mean of 2 x 2 pixels, with more channels."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.project = Pointwise(channels, out_channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, channels) to (N, H / 2, W / 2, out_channels)."""
        half = functional.avg_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        return self.project(half)


class Up(nn.Module):
    """Twice the size, bilinear, with fewer channels."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.project = Pointwise(channels, out_channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, channels) to (N, 2 H, 2 W, out_channels)."""
        return resize(self.project(x), 2)


def resize(x: Tensor, scale: int) -> Tensor:
    """Enlarge (N, H, W, C), bilinear between the centres of the pixels."""
    large = functional.interpolate(
        x.permute(0, 3, 1, 2), scale_factor=scale, mode='bilinear', align_corners=False
    )
    return large.permute(0, 2, 3, 1).contiguous()


def channels_last(x: Tensor) -> Tensor:
    """(N, C, H, W) to (N, H, W, C)."""
    return x.permute(0, 2, 3, 1).contiguous()


def channels_first(x: Tensor) -> Tensor:
    """(N, H, W, C) to (N, C, H, W), without copying."""
    return x.permute(0, 3, 1, 2)


def scaled_residual(x: Tensor, values: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Return x + values @ weights^T + bias.

    Args:
        x: (N, H, W, C).
        values: (N, H * W, C).
        weights: (N, C, C).
        bias: (C,).
    """
    return torch.baddbmm(x.flatten(1, 2) + bias, values, weights.transpose(1, 2)).view(x.shape)
