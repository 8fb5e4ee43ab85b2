"""Where the tiles of a scene lie, and what part of an object each shows."""

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.io import Tiling, Window


def tile_windows(shape: tuple[int, int], size: int = 512, overlap: float = 0.5) -> list[Window]:
    """Cover a scene with tiles of equal size.

    The last row and column of tiles are pulled back to the border, so no tile is padded: 3000 x
    3000 pixels give 11 x 11 tiles of 512 with an overlap of 0.5. A scene that is smaller than a
    tile is one.

    Args:
        shape: Rows and columns of the scene.
        size: Rows and columns of a tile.
        overlap: Share of a tile that its neighbour also shows, 0 <= overlap < 1.

    Returns:
        Windows, row by row.

    Raises:
        ConfigError: The size or the overlap is out of range.
    """
    if size < 1:
        raise ConfigError(f'a tile of {size} pixels: give at least 1')
    if not 0 <= overlap < 1:
        raise ConfigError(f'overlap={overlap}: give a share from 0 to below 1')
    step = max(1, round(size * (1 - overlap)))
    return Tiling(size, size - step).windows(shape)


def cut_boxes(
    boxes: NDArray[np.float64], window: Window, shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut boxes at the border of a tile.

    Args:
        boxes: (N, 4), x1, y1, x2, y2 in pixels of the scene.
        window: The tile.
        shape: Rows and columns of the scene. What lies outside of it is no part of an object.

    Returns:
        Boxes (N, 4) in pixels of the tile, cut at its border, and which share (N,) of each is
        inside, by area. Shifting by whole pixels is exact in float64, so it can be undone.
    """
    row, column, height, width = window
    inside = np.clip(boxes, 0, np.array([*shape[::-1]] * 2))
    area = (inside[:, 2] - inside[:, 0]) * (inside[:, 3] - inside[:, 1])
    cut = np.clip(inside - [column, row] * 2, 0, [width, height] * 2)
    share = (cut[:, 2] - cut[:, 0]) * (cut[:, 3] - cut[:, 1]) / area
    return cut, share
