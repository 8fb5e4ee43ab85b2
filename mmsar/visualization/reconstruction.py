"""What masked pre-training makes of images."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure

_MAPS = 3
_HIDDEN = '#d0d0d0'


class Reconstruction(NamedTuple):
    """An image of which a network saw some units.

    Attributes:
        image: (H, W).
        hidden: (H, W), bool.
        predicted: (M, h, w): maps of the target.
        true: (M, h, w).
    """

    image: NDArray[np.float32]
    hidden: NDArray[np.bool_]
    predicted: NDArray[np.float32]
    true: NDArray[np.float32]


def draw_reconstructions(
    parts: Sequence[Reconstruction], names: Sequence[str], title: str
) -> NDArray[np.uint8]:
    """Draw images, what was visible of them, and maps: true, and predicted where it was hidden.

    Args:
        parts: A row each.
        names: Of the M maps. If there are many, three of them are drawn.
        title: Of the whole.

    Returns:
        (H, W, 3), uint8, RGB.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    shown = sorted({round(n) for n in np.linspace(0, len(names) - 1, min(_MAPS, len(names)))})
    columns = 2 + 2 * len(shown)
    figure = new_figure(1.5 * columns, 1.5 * len(parts) + 0.6)
    figure.suptitle(title)
    grid = figure.subplots(len(parts), columns, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for row, (image, hidden, predicted, true) in zip(grid, parts, strict=True):
        _show(row[0], image, image, 'gray')
        _show(row[1], np.where(hidden, np.nan, image), image, 'gray')
        step = hidden.shape[0] // true.shape[1]
        seen = ~hidden[::step, ::step]
        for place, number in enumerate(shown):
            _show(row[2 + 2 * place], true[number], true[number], 'viridis')
            maps = np.where(seen, np.nan, predicted[number])
            _show(row[3 + 2 * place], maps, true[number], 'viridis')
    titles = ['image', 'visible']
    titles += [text for number in shown for text in (names[number], 'predicted')]
    for axes, text in zip(grid[0], titles, strict=True):
        axes.set_title(text, fontsize=9)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _show(
    axes: Any, values: NDArray[np.float32], reference: NDArray[np.float32], colours: str
) -> None:
    """Draw values on the scale of others; what is not a number is grey."""
    from matplotlib import colormaps

    low, high = np.percentile(reference, [0.5, 99.5])
    axes.imshow(
        values, colormaps[colours].with_extremes(bad=_HIDDEN), vmin=low, vmax=max(high, low + 1e-6)
    )
