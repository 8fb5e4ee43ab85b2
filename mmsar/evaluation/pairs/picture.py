"""A picture of the distances of pairs that match and of pairs that do not."""

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmsar.figure import new_figure
from mmsar.io import replacing

BINS = 50

# Told apart in grey and by the colour-blind as well
_COLOURS = {'match': '#0072b2', 'no match': '#d55e00'}


def histogram(distances: ArrayLike, labels: ArrayLike) -> dict[str, list[float]]:
    """Count the pairs by distance.

    Args:
        distances: (N,), finite; normally from 0 to 1.
        labels: (N,), 1 for a pair that matches, 0 for another.

    Returns:
        ``edges`` of :data:`BINS` bins, from 0 (or the smallest) to 1 (or the largest), and the
        counts ``match`` and ``no match``.
    """
    values, kinds = np.asarray(distances, np.float64), np.asarray(labels).astype(bool)
    edges = np.linspace(min(0.0, values.min()), max(1.0, values.max()), BINS + 1)
    chosen = {'match': values[kinds], 'no match': values[~kinds]}
    counts = {name: np.histogram(part, edges)[0].tolist() for name, part in chosen.items()}
    return {'edges': edges.tolist(), **counts}


def draw_histogram(
    path: str | os.PathLike[str],
    distances: ArrayLike,
    labels: ArrayLike,
    threshold: float,
    title: str,
) -> None:
    """Write the histogram as PNG, whole or not at all.

    Args:
        path: The picture.
        distances: See :func:`histogram`.
        labels: Likewise.
        threshold: Drawn as a line.
        title: One line.
    """
    counts = histogram(distances, labels)
    edges: NDArray[Any] = np.array(counts['edges'])
    figure = new_figure(7, 4)
    axes = figure.add_subplot()
    for name, colour in _COLOURS.items():
        number = int(sum(counts[name]))
        axes.stairs(counts[name], edges, fill=True, alpha=0.35, color=colour)
        axes.stairs(counts[name], edges, color=colour, label=f'{name}: {number} pairs')
    axes.axvline(threshold, color='black', linestyle='--', label=f'threshold {threshold:.3f}')
    axes.set(xlabel='distance', ylabel='pairs', title=title, xlim=(edges[0], edges[-1]))
    axes.legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
