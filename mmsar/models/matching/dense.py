"""Codes of all windows of a feature map at once, in place of one pass of the network per window."""

from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mmsar.errors import ConfigError


def dense_codes(head: Any, features: Tensor, window: tuple[int, int]) -> Tensor:
    """Apply a bridge head to each window of a feature map.

    The result at (row, column) is ``head(features[..., row:row + h, column:column + w])`` up to
    rounding: the 1x1 convolution is that of the whole map, adaptive pooling is a mean over bins
    which are the same in each window, and the linear layer is a sum of one matrix product a bin.

    Args:
        head: ``mmsar.BridgeHead``: ``reduce``, then ``pool``, then ``fc`` (or ``fc1`` and ``fc2``,
            if ``official``), then ``squash``.
        features: (N, C, H, W).
        window: Rows and columns (h, w) of a window.

    Returns:
        (N, n, H - h + 1, W - w + 1), codes.

    Raises:
        ConfigError: The window is larger than the map.
    """
    return codes_of_windows(head, head.reduce(features), window)


def codes_of_windows(head: Any, reduced: Tensor, window: tuple[int, int]) -> Tensor:
    """Do the rest of :func:`dense_codes`, from the map (N, D, H, W) that ``head.reduce`` gives."""
    rows, columns = (side - size + 1 for side, size in zip(reduced.shape[2:], window, strict=True))
    if min(rows, columns) < 1:
        raise ConfigError(
            f'a window of {window} is larger than {tuple(reduced.shape[2:])} features'
        )
    first, *others = (head.fc1, head.fc2) if head.official else (head.fc,)
    pooled = _pair(head.pool.output_size)
    weight = first.weight.unflatten(1, (reduced.shape[1], *pooled))
    means: dict[tuple[int, int], Tensor] = {}  # of each size of bins, wherever they may lie
    total: Tensor | int = 0
    tall, wide = (list(enumerate(_bins(*sides))) for sides in zip(window, pooled, strict=True))
    for (i, (top, bottom)), (j, (left, right)) in product(tall, wide):
        size = (bottom - top, right - left)
        if size not in means:
            means[size] = functional.avg_pool2d(reduced, size, stride=1)
        bins = means[size][:, :, top : top + rows, left : left + columns]
        total = total + torch.einsum('ndhw,kd->nhwk', bins, weight[:, :, i, j])
    codes = total + first.bias
    for layer in others:
        codes = layer(codes)
    return head.squash(codes).permute(0, 3, 1, 2)


def _bins(size: int, count: int) -> list[tuple[int, int]]:
    """Return the bins of adaptive pooling along one axis; they overlap if the size has a rest."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value
