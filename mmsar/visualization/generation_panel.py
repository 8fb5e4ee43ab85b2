"""Sets of radar images side by side: chips, amplitudes, spectra and texture."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.visualization.marks import CYCLE, LINES, save

CHIPS, BINS = 6, 80


@dataclass(frozen=True, eq=False)
class ImageSet:
    """What is drawn of a set.

    Attributes:
        name: For the legend.
        chips: Some images, amplitudes (n, H, W).
        pixels: Amplitudes for the histogram, any shape.
        frequency: Of the spectrum, in cycles a pixel, (R,).
        spectrum: In dB, (R,).
        texture: Differences to the first set, in its standard deviations, (T,).
    """

    name: str
    chips: NDArray[Any]
    pixels: NDArray[Any]
    frequency: NDArray[Any]
    spectrum: NDArray[Any]
    texture: NDArray[Any]


def draw_image_sets(
    path: str | os.PathLike[str],
    sets: Sequence[ImageSet],
    textures: Sequence[str],
    title: str = '',
    unit: str = 'amplitude',
) -> None:
    """Draw sets of images, the first of which are the real ones.

    Chips of all sets are on the grey scale of the first, from zero to its 99.5th percentile.

    Args:
        path: PNG file.
        sets: At least one.
        textures: Names of the T properties.
        title: Of the whole.
        unit: Of the amplitudes.
    """
    columns = max(len(part.chips) for part in sets)
    height = 1.35 * len(sets)
    figure = new_figure(max(11.0, 1.4 * columns + 1), height + 3.9)
    figure.suptitle(title, fontsize=10)
    above, below = figure.subfigures(2, 1, height_ratios=[height, 3.6])
    grid = above.subplots(len(sets), columns, squeeze=False)
    top = float(np.percentile(sets[0].pixels, 99.5)) or 1.0
    for row, part in zip(grid, sets, strict=True):
        for axes in row:
            axes.set(xticks=[], yticks=[], frame_on=False)
        for axes, chip in zip(row, part.chips, strict=False):
            axes.imshow(chip, cmap='gray', vmin=0, vmax=top, interpolation='nearest')
        row[0].set_ylabel(part.name, fontsize=8)
    amplitudes, spectra, texture = below.subplots(1, 3)
    edges = _edges(sets)
    places = np.arange(len(textures))
    width = 0.8 / max(len(sets) - 1, 1)
    looks = zip(cycle(CYCLE), cycle(LINES), strict=False)
    for number, (part, (colour, line)) in enumerate(zip(sets, looks, strict=False)):
        style = {'color': colour, 'linestyle': line, 'label': part.name}
        density = np.histogram(part.pixels, edges)[0] / part.pixels.size / (edges[1] - edges[0])
        amplitudes.stairs(density, edges, **style)
        spectra.plot(part.frequency, part.spectrum, **style)
        if number:
            offset = (number - len(sets) / 2) * width
            texture.bar(places + offset, part.texture, width, color=colour, label=part.name)
    amplitudes.set(xlabel=unit, ylabel='density of pixels', xlim=(edges[0], edges[-1]))
    spectra.set(xlabel='frequency [cycles a pixel]', ylabel='power of an image of power 1 [dB]')
    texture.set_yscale('symlog', linthresh=1)
    texture.axhspan(-1, 1, color='#dddddd', zorder=0)
    texture.set_ylabel(f'texture: difference to {sets[0].name},\nin its deviations between images')
    texture.set_xticks(places, textures, rotation=60, fontsize=7, ha='right')
    for axes in (amplitudes, spectra):
        axes.grid(alpha=0.3)
    amplitudes.legend(fontsize=8)
    save(figure, path, dpi=120)


def _edges(sets: Sequence[ImageSet]) -> NDArray[np.float64]:
    """Return bins from zero to where there is next to nothing of any set.

    Bins of integers hold the same number of integers each: others would look like a comb.
    """
    end = max(float(np.percentile(part.pixels, 99.8)) for part in sets) or 1.0
    if all((part.pixels == np.rint(part.pixels)).all() for part in sets):
        return np.arange(0, end + 1, np.ceil((end + 1) / BINS)) - 0.5
    return np.linspace(0, end, BINS + 1)
