"""ISAR images of several methods or resolutions side by side, in decibels."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.io import convert_domain
from mmsar.visualization.marks import save


def draw_isar_images(
    path: str | os.PathLike[str],
    rows: Mapping[str, Mapping[str, NDArray[Any]]],
    extent: tuple[float, float] | None = None,
    decibels: float = 40.0,
) -> None:
    """Draw images in rows, each in dB from its own largest amplitude.

    Args:
        path: PNG file.
        rows: By the name of a row, images (H, W) by their name: amplitudes, or complex.
        extent: Of all images, in range and cross-range in metres. Default: no axes.
        decibels: Below the brightest pixel, what is black.
    """
    count = max(len(images) for images in rows.values())
    figure = new_figure(2.5 * count + 0.9, 2.6 * len(rows) + 0.3)
    grid = figure.subplots(len(rows), count, squeeze=False)
    frame = None
    if extent is not None:
        frame = (-extent[1] / 2, extent[1] / 2, extent[0] / 2, -extent[0] / 2)
    shown: Any = None
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        for axes in line[len(images) :]:
            axes.set_axis_off()
        for axes, (title, image) in zip(line, images.items(), strict=False):
            amplitude = np.abs(image).astype(np.float32)
            levels = convert_domain(
                amplitude / max(float(amplitude.max()), 1e-30), 'amplitude', 'db'
            )
            shown = axes.imshow(
                levels, cmap='gray', vmin=-decibels, vmax=0, extent=frame, interpolation='nearest'
            )
            axes.set_title(title, fontsize=8)
            axes.tick_params(labelsize=6)
            if extent is None:
                axes.set_xticks([])
                axes.set_yticks([])
        line[0].set_ylabel(name if extent is None else f'{name}\nrange [m]', fontsize=8)
        if extent is not None:
            for axes in grid[-1]:
                axes.set_xlabel('cross-range [m]', fontsize=7)
    figure.colorbar(shown, ax=list(grid.ravel()), label='dB', shrink=0.8)
    save(figure, path)
