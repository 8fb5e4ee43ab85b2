"""Generated images above the training images that they are most like."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.visualization.marks import save


class Pair(NamedTuple):
    """Amplitudes (H, W) of an image and of a training image, and what is written above them."""

    image: NDArray[np.float32]
    training: NDArray[np.float32]
    title: str


def draw_copies(path: str | os.PathLike[str], pairs: Sequence[Pair]) -> None:
    """Draw each image above the training image that it is most like, in decibels.

    Args:
        path: PNG file.
        pairs: At least one. An image is white at its 99.8th percentile and black 40 dB below.
    """
    figure = new_figure(max(1.4 * len(pairs), 4.0), 3.3)
    grid = figure.subplots(2, len(pairs), squeeze=False)
    for column, pair in zip(grid.T, pairs, strict=True):
        for axes, image in zip(column, (pair.image, pair.training), strict=True):
            top = float(np.percentile(image, 99.8)) or 1.0
            levels = 20 * np.log10(np.maximum(image / top, 1e-2))
            axes.imshow(levels, cmap='gray', vmin=-40, vmax=0, interpolation='nearest')
            axes.set(xticks=[], yticks=[], frame_on=False)
        column[0].set_title(pair.title, fontsize=7)
    grid[0, 0].set_ylabel('generated', fontsize=8)
    grid[1, 0].set_ylabel('training', fontsize=8)
    save(figure, path)
