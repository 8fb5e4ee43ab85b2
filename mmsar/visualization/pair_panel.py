"""Pairs of images with the verdict of a network."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.visualization.marks import RIGHT, WRONG, Mark, save

# Each kind of verdict: whether the pair matches, whether it is said to, and how it is framed
KINDS: dict[str, tuple[bool, bool, Mark]] = {
    'true positive': (True, True, RIGHT),
    'false positive': (False, True, WRONG),
    'true negative': (False, False, RIGHT),
    'false negative': (True, False, WRONG),
}


class PairPicture(NamedTuple):
    """A pair to draw.

    Attributes:
        sar: (H, W) or (H, W, 3), uint8.
        optical: Likewise.
        distance: Between the codes.
    """

    sar: NDArray[np.uint8]
    optical: NDArray[np.uint8]
    distance: float


def draw_pairs(
    path: str | os.PathLike[str],
    chosen: Mapping[str, Sequence[PairPicture]],
    counts: Mapping[str, int],
    columns: int,
    title: str,
) -> None:
    """Draw figure 6 of the bridge network paper: optical above SAR image, distances above both.

    Args:
        path: PNG file.
        chosen: For each of :data:`KINDS`, pairs.
        counts: For each kind, how many pairs are of it.
        columns: Largest number of pairs of a kind.
        title: Of the whole.
    """
    figure = new_figure(2 * (1.5 * columns + 0.6), 8.2)
    figure.suptitle(title)
    blocks = figure.subfigures(2, 2, wspace=0.04, hspace=0.03).ravel()
    for block, (kind, (_, _, mark)) in zip(blocks, KINDS.items(), strict=True):
        block.suptitle(f'{kind}: {counts[kind]}', color=mark.colour, weight='bold')
        grid = block.subplots(2, columns, squeeze=False)
        for axes in grid.ravel():
            axes.set_axis_off()
        if not chosen[kind]:
            block.text(0.5, 0.5, 'none', ha='center')
        for column, pair in enumerate(chosen[kind]):
            grid[0, column].set_title(f'{pair.distance:.3f}', fontsize=9)
            for axes, image in zip(grid[:, column], (pair.optical, pair.sar), strict=True):
                _show(axes, image, mark)
        for axes, view in zip(grid[:, 0], ('optical', 'SAR'), strict=True):
            axes.text(
                -0.06, 0.5, view, rotation=90, ha='right', va='center', fontsize=9,
                transform=axes.transAxes, visible=bool(chosen[kind]),
            )  # fmt: skip
    save(figure, path)


def _show(axes: Any, image: NDArray[np.uint8], mark: Mark) -> None:
    """Draw an image in a frame."""
    axes.imshow(image, cmap='gray', vmin=0, vmax=255)
    axes.set_axis_on()
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=mark.colour, linewidth=2, linestyle=mark.line)
