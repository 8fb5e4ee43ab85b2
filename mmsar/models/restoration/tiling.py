"""Restoring large images by tiles that overlap and are blended."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from mmsar.io import Tiling


def ramp(length: int, overlap: int, first: bool, last: bool) -> Tensor:
    """Return the weights of a tile along an axis: falling to zero towards its neighbours.

    The outer quarter of an overlap does not count at all: there a network sees where the tile ends.

    Args:
        length: Of the tile.
        overlap: Length of the slopes.
        first: There is no neighbour before it.
        last: There is none behind it.

    Returns:
        (length,), 0 to 1.
    """
    weights = torch.ones(length)
    slope = ((torch.arange(overlap) + 0.5) * 2 / max(overlap, 1) - 0.5).clamp(0, 1)
    if not first:
        weights[:overlap] = slope
    if not last:
        weights[length - overlap :] *= slope.flip(0)
    return weights


def restored_strips(
    read: Callable[[int, int, int, int], Tensor],
    restore: Callable[[Tensor], Tensor],
    shape: tuple[int, int],
    scale: int,
    tiling: Tiling,
) -> Iterator[tuple[int, Tensor]]:
    """Restore an image tile by tile, and yield it strip by strip from the top.

    A strip is complete when no later tile touches it; no more than a row of tiles is in memory.

    Args:
        read: Returns a part (N, C, h, w) by first row, first column, rows and columns.
        restore: Returns (N, C', scale * h, scale * w) of (N, C, h, w).
        shape: Rows and columns of the image.
        scale: See there.
        tiling: With an overlap of at most half a tile.

    Yields:
        First row of the output, and the rows from there on: (N, C', rows, scale * W).
    """
    tiling.require(tiling.size // 2)
    height, width = shape
    rows, columns = (tiling.starts(side) for side in shape)
    size = (min(tiling.size, height), min(tiling.size, width))
    total: Tensor | None = None
    weight = torch.zeros(0)
    done = 0  # rows of the output that were yielded; the sums begin there
    for number, row in enumerate(rows):
        down = ramp(size[0] * scale, tiling.overlap * scale, number == 0, row == rows[-1])
        for place, column in enumerate(columns):
            part = restore(read(row, column, *size))
            right = ramp(size[1] * scale, tiling.overlap * scale, place == 0, column == columns[-1])
            weights = (down[:, None] * right).to(part)
            if total is None:
                shape_ = (*part.shape[:2], size[0] * scale, width * scale)
                total, weight = part.new_zeros(shape_), part.new_zeros(shape_[2:])
            window = (
                slice(row * scale - done, row * scale - done + part.shape[2]),
                slice(column * scale, column * scale + part.shape[3]),
            )
            total[..., *window] += part * weights
            weight[window] += weights
        assert total is not None
        complete = (height if row == rows[-1] else rows[number + 1]) * scale - done
        yield done, total[:, :, :complete] / weight[:complete]
        # What remains moves up, and makes room below.
        total, weight = total.roll(-complete, 2), weight.roll(-complete, 0)
        total[:, :, -complete:], weight[-complete:] = 0, 0
        done += complete


def restore_tiled(
    image: Tensor, restore: Callable[[Tensor], Tensor], scale: int, tiling: Tiling
) -> Tensor:
    """Restore an image in memory by tiles.

    Args:
        image: (N, C, H, W).
        restore: See :func:`restored_strips`.
        scale: See there.
        tiling: See there.

    Returns:
        (N, C', scale * H, scale * W).
    """
    height, width = image.shape[-2:]

    def read(row: int, column: int, rows: int, columns: int) -> Tensor:
        return image[:, :, row : row + rows, column : column + columns]

    strips = restored_strips(read, restore, (height, width), scale, tiling)
    return torch.cat([strip for _, strip in strips], dim=2)


def self_ensemble(image: Tensor, restore: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the mean of what is made of an image in its eight flips and turns, turned back.

    Args:
        image: (N, C, H, W).
        restore: Returns (N, C', s * H, s * W).
    """
    total: Tensor | None = None
    for turned in (False, True):
        for axes in ((), (2,), (3,), (2, 3)):
            view = image.transpose(2, 3) if turned else image
            result = restore(view.flip(axes)).flip(axes)
            result = result.transpose(2, 3) if turned else result
            total = result if total is None else total + result
    assert total is not None
    return total / 8
