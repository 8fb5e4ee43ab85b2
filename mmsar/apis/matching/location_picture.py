"""A picture of where a chip was found: chip, image with the places, map of distances."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.matching.location import Location, Place
from mmsar.datasets.percentiles import percentiles, valid_samples
from mmsar.figure import new_figure
from mmsar.io import open_raster, replacing

_LARGEST = 1200  # rows or columns that are drawn
_STRIP = 2**24  # values read at a time
_COLOUR = '#e69f00'


def draw_location(
    path: str | os.PathLike[str],
    chip: str | os.PathLike[str],
    image: str | os.PathLike[str],
    location: Location,
    places: Sequence[Place],
) -> None:
    """Write the picture as PNG, whole or not at all.

    Args:
        path: The picture.
        chip: File of the radar chip.
        image: File of the larger image.
        location: Distances.
        places: Places to mark, the best one first.
    """
    figure = new_figure(15, 5)
    left, middle, right = figure.subplots(1, 3)
    pixels, _ = read_display(chip)
    left.imshow(pixels, cmap='gray')
    left.set_title(f'chip: {Path(chip).name}')
    pixels, extent = read_display(image)
    middle.imshow(pixels, cmap='gray', extent=extent)
    middle.set_title(f'image: {Path(image).name}')
    for number, place in enumerate(places):
        style = {'linestyle': '--' if number else '-', 'linewidth': 1 if number else 2}
        middle.add_patch(_outline(place, **style))
        middle.text(place.column, place.row, f' {number + 1}', color=_COLOUR, va='top')
    _draw_map(figure, right, location, places[0])
    for axes in (middle, right):
        axes.set_xlim(*extent[:2])
        axes.set_ylim(*extent[2:])
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=100)


def read_display(
    path: str | os.PathLike[str],
) -> tuple[NDArray[np.uint8], tuple[float, float, float, float]]:
    """Read an image for the eye: 8 bits between its percentiles 1 and 99, at most 1200 pixels wide.

    Returns:
        (H, W) or (H, W, 3), and its extent: left, right, bottom and top in pixels of the file.
    """
    with open_raster(path) as raster:
        bands = [0, 1, 2] if raster.meta.shape[2] == 3 else [0]
        height, width, _ = raster.meta.shape
        step = -(-max(height, width) // _LARGEST)
        lines = max(1, _STRIP // (width * len(bands) * step)) * step
        strips = [
            raster.read((row, 0, min(lines, height - row), width), bands)[0][::step, ::step]
            for row in range(0, height, lines)
        ]
        nodata = raster.meta.nodata
    values = np.abs(np.concatenate(strips))
    low, high = percentiles(valid_samples(values, nodata), (1, 99), path)
    shown = np.nan_to_num(np.clip((values - low) / max(high - low, 1e-12), 0, 1)) * 255
    return shown.astype(np.uint8).squeeze(-1) if len(bands) == 1 else shown.astype(np.uint8), (
        0.0,
        float(width),
        float(height),
        0.0,
    )


def _draw_map(figure: Any, axes: Any, location: Location, best: Place) -> None:
    """Draw each distance at the centre of its window."""
    rows, columns = location.distances.shape
    stride = location.stride
    top, left = ((side - stride) / 2 for side in location.window)
    extent = (left, left + columns * stride, top + rows * stride, top)
    drawn = axes.imshow(location.distances, cmap='viridis_r', extent=extent)
    axes.plot(
        best.column + best.width / 2, best.row + best.height / 2, '+', color='red', markersize=14
    )
    axes.set_title(f'distance at the centre of the window; best {best.distance:.3f}')
    figure.colorbar(drawn, ax=axes, shrink=0.8)


def _outline(place: Place, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    corner = (place.column, place.row)
    return Rectangle(corner, place.width, place.height, fill=False, edgecolor=_COLOUR, **style)
