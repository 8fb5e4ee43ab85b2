"""Positions in vision transformers: sin-cos embeddings, resizing, relative positions."""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def sincos_positions(dims: int, grid: tuple[int, int]) -> Tensor:
    """Return the two-dimensional sine-cosine embedding of masked auto-encoders.

    The first half of the values encodes the column, the second the row; each half holds sines,
    then cosines, of frequencies 10000^(-k / (dims / 4)). Source: He et al., arXiv 2111.06377.

    Args:
        dims: Values a position, a multiple of 4.
        grid: Rows and columns.

    Returns:
        (1, rows * columns, dims), float32, row after row.
    """
    rows, columns = np.mgrid[: grid[0], : grid[1]].reshape(2, -1, 1)
    frequencies = 1e4 ** -(np.arange(dims // 4) / (dims / 4))
    parts = [f(p * frequencies) for p in (columns, rows) for f in (np.sin, np.cos)]
    return torch.from_numpy(np.concatenate(parts, axis=1).astype(np.float32))[None]


def resize_positions(positions: Tensor, base: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Resize position embeddings bicubically, as the published code does.

    The scale is (size + 0.1) / base, not size / base: the published weights were fine-tuned with
    the samples that this gives.

    Args:
        positions: (1, rows * columns, D) of the grid ``base``.
        base: Rows and columns that the positions are of.
        grid: Rows and columns wanted.

    Returns:
        (1, rows * columns, D) of the grid ``grid``.
    """
    if base == grid:
        return positions
    maps = positions.float().unflatten(1, base).permute(0, 3, 1, 2)
    scale = tuple((wanted + 0.1) / size for wanted, size in zip(grid, base, strict=True))
    maps = F.interpolate(maps, scale_factor=scale, mode='bicubic')
    return maps.flatten(2).transpose(1, 2).to(positions.dtype)


@lru_cache(maxsize=32)
def relative_index(rows: int, columns: int) -> Tensor:
    """Return where each pair of positions finds its bias in a table of relative positions.

    Returns:
        (rows * columns, rows * columns), int64, into (2 * rows - 1) * (2 * columns - 1) offsets;
        on the CPU.
    """
    y, x = np.mgrid[:rows, :columns].reshape(2, -1)
    down = y[:, None] - y[None] + rows - 1
    right = x[:, None] - x[None] + columns - 1
    return torch.from_numpy(down * (2 * columns - 1) + right)


def relative_bias(table: Tensor, base: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Return the attention bias of every pair of positions.

    Args:
        table: ((2 * rows - 1) * (2 * columns - 1), heads) of the grid ``base``.
        base: Rows and columns that the table is of.
        grid: Rows and columns wanted; the table is resized bicubically where they differ.

    Returns:
        (1, heads, L, L), where L is the number of positions of ``grid``.
    """
    if base != grid:
        offsets = tuple(2 * size - 1 for size in base)
        maps = table.float().t().unflatten(1, offsets)[None]
        size = tuple(2 * wanted - 1 for wanted in grid)
        maps = F.interpolate(maps, size=size, mode='bicubic')
        table = maps[0].flatten(1).t().to(table.dtype)
    index = relative_index(*grid).to(table.device)
    return table[index.flatten()].view(*index.shape, -1).permute(2, 0, 1)[None]
