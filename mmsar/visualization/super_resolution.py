"""An image beside what was made of it, in decibels."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.io import convert_domain
from mmsar.simulation.bicubic import bicubic
from mmsar.visualization.marks import save


def draw_super_resolution(
    path: str | os.PathLike[str],
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    domain: str | None,
    title: str,
    truth: NDArray[np.float32] | None = None,
    decibels: float = 40.0,
) -> None:
    """Draw the input, its bicubic enlargement and the result side by side, of their first band.

    Args:
        path: PNG file.
        low: (h, w, C), the input.
        high: (H, W, C), the result.
        domain: ``amplitude``, ``intensity`` or ``db``; None counts as amplitude.
        title: Of the whole.
        truth: (H, W, C), if there is one.
        decibels: Below the brightest pixel of the input, what is black.
    """
    low, high = low[..., :1], high[..., :1]
    images = {'input': low, 'bicubic': bicubic(low, (high.shape[0], high.shape[1])), 'result': high}
    if truth is not None:
        images['truth'] = truth[..., :1]
    levels = {name: _decibels(image, domain) for name, image in images.items()}
    finite = levels['input'][np.isfinite(levels['input'])]
    top = float(finite.max()) if finite.size else 0.0
    figure = new_figure(3.4 * len(levels) + 0.8, 3.9)
    figure.suptitle(title)
    shown: Any = None
    grid = figure.subplots(1, len(levels), squeeze=False)[0]
    for axes, (name, image) in zip(grid, levels.items(), strict=True):
        axes.set_axis_off()
        axes.set_title(f'{name}, {image.shape[1]} x {image.shape[0]}', fontsize=9)
        shown = axes.imshow(
            image - top, cmap='gray', vmin=-decibels, vmax=0.0, interpolation='nearest'
        )
    figure.colorbar(shown, ax=list(grid), label='dB', shrink=0.8)
    save(figure, path)


def _decibels(image: NDArray[np.float32], domain: str | None) -> NDArray[np.float32]:
    values = image[..., 0]
    if domain != 'db':
        values = np.maximum(values, 0)
    return convert_domain(values, domain or 'amplitude', 'db')
