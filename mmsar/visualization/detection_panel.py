"""Hits, misses and false alarms of several detectors on the same images."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.visualization.marks import FALSE_ALARM, HIT, IGNORED, MISS, TRUTH, Mark, save

Boxes = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class ImageBoxes:
    """An image, and what is drawn into it.

    Attributes:
        name: Of the image.
        picture: (H, W, 3), uint8.
        columns: For each column, boxes (N, 4) in pixels by their mark.
    """

    name: str
    picture: NDArray[np.uint8]
    columns: Sequence[Mapping[Mark, Boxes]]


def draw_detections(
    path: str | os.PathLike[str], images: Sequence[ImageBoxes], titles: Sequence[str], title: str
) -> None:
    """Draw figure 9 of the bridge network paper: a row for each image, a column for each detector.

    Args:
        path: PNG file.
        images: At least one.
        titles: Of the columns.
        title: Of the whole.
    """
    from matplotlib.lines import Line2D

    side = 3.2
    heights = [side * image.picture.shape[0] / image.picture.shape[1] for image in images]
    figure = new_figure(side * len(titles) + 0.4, sum(heights) + 0.1 * len(images) + 1.3)
    figure.suptitle(title, fontsize=10)
    grid = figure.subplots(
        len(images), len(titles), squeeze=False, gridspec_kw={'height_ratios': heights}
    )
    for image, row in zip(images, grid, strict=True):
        row[0].set_ylabel(image.name, fontsize=8)
        for axes, marked in zip(row, image.columns, strict=True):
            axes.imshow(image.picture)
            axes.set(xticks=[], yticks=[])
            for mark, boxes in marked.items():
                _add_boxes(axes, boxes, mark)
    for axes, text in zip(grid[0], titles, strict=True):
        axes.set_title(text, fontsize=9)
    used = {
        m for image in images for part in image.columns for m, boxes in part.items() if len(boxes)
    }
    marks = [m for m in (TRUTH, HIT, MISS, FALSE_ALARM, IGNORED) if m in used]
    lines = [
        Line2D([], [], color=m.colour, linestyle=cast(Any, m.line), linewidth=2, label=m.name)
        for m in marks
    ]
    legend = figure.legend(
        handles=lines, loc='outside lower center', ncols=max(1, len(marks)), framealpha=1
    )
    legend.get_frame().set_facecolor('#404040')  # as dark as most radar images
    for text in legend.get_texts():
        text.set_color('white')
    save(figure, path, dpi=120)


def _add_boxes(axes: Any, boxes: Boxes, mark: Mark) -> None:
    """Outline boxes; a dark rim keeps solid lines visible on bright ground."""
    from matplotlib.collections import PolyCollection

    x1, y1, x2, y2 = boxes.T
    corners: Any = np.stack([x1, y1, x2, y1, x2, y2, x1, y2], 1).reshape(-1, 4, 2) - 0.5
    looks = [('#000000a0', 2.8), (mark.colour, 1.6)] if mark.line == '-' else [(mark.colour, 2.2)]
    for colour, width in looks:
        outlines = PolyCollection(
            corners, facecolors='none', edgecolors=colour, linewidths=width, linestyles=mark.line
        )
        axes.add_collection(outlines, autolim=False)
