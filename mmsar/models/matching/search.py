"""Searching a large image for a chip, with one pass of the backbone over the large image."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.io.raster import Window
from mmsar.models.matching.dense import codes_of_windows

_PROBE = 256  # pixels a side, to find the stride of a backbone


@torch.no_grad()
def distance_map(
    model: Any,
    chip: Tensor,
    read: Callable[[Window], Tensor],
    size: Sequence[int],
    stride: int | None = None,
    tile: int = 2048,
    halo: int = 384,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[NDArray[np.float32], int]:
    """Compare a radar chip with each window of its size in an optical image.

    The image is read and computed tile by tile, each with all windows that begin in it and a margin
    around them. From a margin of half the receptive field on, tiles change nothing.

    Args:
        model: ``mmsar.BridgeNetwork``, in evaluation mode.
        chip: (1, C, h, w), as the network takes it.
        read: Returns a part of the image, (1, C, height, width), likewise.
        size: Rows and columns of the image.
        stride: Between windows in pixels: a multiple of the backbone's stride, which is the
            default, or a part of it, which takes several passes over shifted images.
        tile: Rows and columns that a tile's windows begin in, rounded up to a multiple of both
            strides.
        halo: Margin in pixels, rounded up to a multiple of the backbone's stride.
        progress: Called with the number of tiles that are done, and that of all.

    Returns:
        Distances (rows, columns) of the windows that begin at multiples of the stride and lie in
        the image, and the stride.

    Raises:
        ConfigError: The stride does not fit the backbone.
        DataError: The chip is larger than the image.
    """
    window = (chip.shape[2], chip.shape[3])
    rows, columns = (whole - part for whole, part in zip(size, window, strict=True))
    if min(rows, columns) < 0:
        raise DataError(
            f'the radar chip has {window[1]} x {window[0]} pixels and the optical image only '
            f'{size[1]} x {size[0]}: the chip must be the smaller one'
        )
    branch = model.optical_branch
    step = backbone_stride(branch.backbone, read(Window(0, 0, *window)))
    stride = step if stride is None else stride
    if stride < 1 or (stride % step and step % stride):
        raise ConfigError(
            f'stride={stride} is neither a multiple nor a part of {step}, that of the backbone'
        )
    code = model.sar_branch(chip)
    cells = (-(-window[0] // step), -(-window[1] // step))
    tile, halo = _round_up(tile, max(step, stride)), _round_up(halo, step)
    result = np.empty((rows // stride + 1, columns // stride + 1), np.float32)
    passes, every = max(1, step // stride), max(1, stride // step)
    starts = [(y, x) for y in range(0, rows + 1, tile) for x in range(0, columns + 1, tile)]
    for done, (row, column) in enumerate(starts, 1):
        (top, height), (left, width) = (
            _with_margin(start, tile + count * step, halo, whole)
            for start, count, whole in zip((row, column), cells, size, strict=True)
        )
        image = read(Window(top, left, height, width))
        first = ((row - top) // step, (column - left) // step)  # feature of the first window
        block = result[row // stride :, column // stride :][: tile // stride, : tile // stride]
        for y in range(min(passes, block.shape[0])):
            for x in range(min(passes, block.shape[1])):
                shifted = image[:, :, y * stride :, x * stride :]
                features = branch.head.reduce(last_map(branch.backbone(shifted)))
                codes = codes_of_windows(branch.head, features, cells)
                distances = (codes - code[..., None, None]).square().mean(1).sqrt()[0]
                wanted = block[y::passes, x::passes]
                found = distances[first[0] :: every, first[1] :: every]
                found = found[: wanted.shape[0], : wanted.shape[1]]
                wanted[:] = found.float().cpu().numpy()
        if progress is not None:
            progress(done, len(starts))
    return result, stride


def _with_margin(start: int, length: int, halo: int, whole: int) -> tuple[int, int]:
    """Return where a part with a margin begins and how long it is, within an axis."""
    first = max(0, start - halo)
    return first, min(whole, start + length + halo) - first


def _round_up(size: int, step: int) -> int:
    return -(-size // step) * step


def backbone_stride(backbone: Any, image: Tensor) -> int:
    """Return the pixels that one feature of the last map stands for.

    Args:
        backbone: Returns one feature map or several.
        image: (N, C, H, W), whose channels and device the backbone takes.

    Raises:
        ConfigError: It is no whole number.
    """
    features = last_map(backbone(image.new_zeros(1, image.shape[1], _PROBE, _PROBE)))
    rows = features.shape[2]
    if _PROBE % rows:
        raise ConfigError(
            f'the optical backbone makes {rows} features of {_PROBE} pixels, which is no whole '
            'stride; its windows cannot be computed together'
        )
    return _PROBE // rows


def last_map(features: Any) -> Tensor:
    """Return the last feature map of a backbone."""
    return features if isinstance(features, Tensor) else features[-1]
