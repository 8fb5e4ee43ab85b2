"""Chips of several sensors side by side, in decibels."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.io import convert_domain
from mmsar.visualization.marks import save


def draw_chips(
    path: str | os.PathLike[str],
    rows: Mapping[str, Mapping[str, NDArray[Any]]],
    low: float,
    high: float,
) -> None:
    """Draw chips in rows on one scale.

    Args:
        path: PNG file.
        rows: By the name of a row, amplitudes (H, W) by the name of their column.
        low: What is black, in decibels.
        high: What is white.
    """
    columns = list(next(iter(rows.values())))
    figure = new_figure(1.5 * len(columns) + 1.2, 1.55 * len(rows) + 0.3)
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    shown: Any = None
    for line, (name, chips) in zip(grid, rows.items(), strict=True):
        for axes, column in zip(line, columns, strict=True):
            levels = convert_domain(chips[column].astype(np.float32), 'amplitude', 'db')
            shown = axes.imshow(levels, cmap='gray', vmin=low, vmax=high, interpolation='nearest')
            axes.set_xticks([])
            axes.set_yticks([])
        line[0].set_ylabel(name, fontsize=7)
    for axes, column in zip(grid[0], columns, strict=True):
        axes.set_title(column, fontsize=8)
    figure.colorbar(shown, ax=list(grid.ravel()), label='dB', shrink=0.8)
    save(figure, path)
