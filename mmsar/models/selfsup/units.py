"""Maps into mask units and back."""

import torch
from torch import Tensor

from mmsar.errors import DataError


def to_units(maps: Tensor, size: int) -> Tensor:
    """Cut maps into squares.

    Args:
        maps: (N, M, H, W).
        size: Side of a square, in values of the maps.

    Returns:
        (N, H / size * W / size, M * size * size): the squares row by row, each with its first map
        first.

    Raises:
        DataError: A side of the maps is no multiple of ``size``.
    """
    count, number, height, width = maps.shape
    if height % size or width % size:
        raise DataError(
            f'maps of {height} x {width} cannot be cut into squares of {size}: resize or crop the '
            'images to a multiple of the patch size'
        )
    parts = maps.reshape(count, number, height // size, size, width // size, size)
    return parts.permute(0, 2, 4, 1, 3, 5).reshape(count, -1, number * size * size)


def from_units(units: Tensor, size: int, grid: tuple[int, int]) -> Tensor:
    """Undo :func:`to_units`.

    Args:
        units: (N, rows * columns, M * size * size).
        size: Side of a square.
        grid: Rows and columns of squares.

    Returns:
        (N, M, rows * size, columns * size).
    """
    count = len(units)
    rows, columns = grid
    parts = units.reshape(count, rows, columns, -1, size, size)
    return parts.permute(0, 3, 1, 4, 2, 5).reshape(count, -1, rows * size, columns * size)


def restore_units(units: Tensor, like: Tensor, eps: float = 1e-6) -> Tensor:
    """Give each unit the mean and variance of another; undoes :func:`normalise_units`."""
    variance, mean = torch.var_mean(like, dim=-1, keepdim=True)
    return units * (variance + eps).sqrt() + mean


def normalise_units(units: Tensor, eps: float = 1e-6) -> Tensor:
    """Give each unit (the last axis) mean 0 and variance 1.

    Source: He et al., Masked Autoencoders Are Scalable Vision Learners, 2022, section 4.1: the
    unbiased variance, plus ``eps``.
    """
    variance, mean = torch.var_mean(units, dim=-1, keepdim=True)
    return (units - mean) / (variance + eps).sqrt()
