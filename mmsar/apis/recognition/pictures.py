"""Pages of chips with what was said of them."""

from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.matching.location_picture import read_display
from mmsar.figure import new_figure
from mmsar.io import replacing

_ROWS, _COLUMNS = 5, 8


def draw_pages(folder: Path, paths: Sequence[str], titles: Sequence[str]) -> list[Path]:
    """Write chips as PNG, 40 a page, each under its title.

    Args:
        folder: Of the pages, ``page_001.png`` and on.
        paths: Of the chips.
        titles: One or two short lines each.

    Returns:
        The pages.
    """
    size = _ROWS * _COLUMNS
    pages = []
    for number, first in enumerate(range(0, len(paths), size), start=1):
        figure = new_figure(1.7 * _COLUMNS, 2.0 * _ROWS)
        panels = figure.subplots(_ROWS, _COLUMNS).flat
        for axes in panels:
            axes.set_axis_off()
        shown = slice(first, first + size)
        for axes, path, title in zip(figure.axes, paths[shown], titles[shown], strict=False):
            pixels, _ = read_display(path)
            axes.imshow(pixels, cmap='gray')
            axes.set_title(title, fontsize=7)
        page = folder / f'page_{number:03d}.png'
        with replacing(page) as temporary:
            figure.savefig(temporary, dpi=80)
        pages.append(page)
    return pages
