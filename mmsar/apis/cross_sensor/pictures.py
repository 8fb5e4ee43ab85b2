"""The figures of an experiment: counts, courses of trainings, confusion, and a grid of images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.figure import new_figure
from mmsar.io import replacing

# Okabe and Ito: told apart by the colour-blind; the lines differ as well.
_COLOURS = ('#000000', '#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#999999')
_LINES = ('-', '--', '-.', ':', (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 3)))
_COLUMNS = 3  # confusion matrices side by side

Course = Mapping[str, Sequence[float]]


def draw_counts(
    path: Path, counts: Mapping[str, Mapping[str, int]], classes: Sequence[str]
) -> None:
    """Write the numbers of images of each class as bars (Figure 8 of the paper).

    Args:
        path: PNG file.
        counts: By set and class.
        classes: In order.
    """
    figure = new_figure(1.5 + 1.1 * len(classes), 4)
    axes = figure.add_subplot()
    width = 0.8 / len(counts)
    for number, (name, of_class) in enumerate(counts.items()):
        places = np.arange(len(classes)) + (number - (len(counts) - 1) / 2) * width
        values = [of_class[label] for label in classes]
        bars = axes.bar(places, values, width, label=name, color=_COLOURS[number % len(_COLOURS)])
        axes.bar_label(bars, fontsize=6)
    axes.set_xticks(range(len(classes)), classes, fontsize=8)
    axes.set_ylabel('images')
    axes.grid(axis='y', alpha=0.3)
    figure.legend(loc='outside lower center', ncols=len(counts), fontsize=8)
    _save(path, figure)


def draw_courses(path: Path, courses: Mapping[str, Sequence[Course]]) -> None:
    """Write training loss and accuracy over the steps (Figure 9 of the paper).

    Args:
        path: PNG file.
        courses: By row, of each seed ``step``, ``loss`` and ``accuracy``; the latter may be empty.
            Runs of one length are drawn as their mean and range, others one by one.
    """
    figure = new_figure(11, 4.6)
    panels = figure.subplots(1, 2)
    for axes, name, title in zip(
        panels, ('loss', 'accuracy'), ('training loss', 'training accuracy / %'), strict=True
    ):
        for number, (label, runs) in enumerate(courses.items()):
            style: dict[str, Any] = {
                'color': _COLOURS[number % len(_COLOURS)],
                'linestyle': _LINES[number % len(_LINES)],
            }
            drawn = [run for run in runs if run[name]]
            steps = {tuple(run['step']) for run in drawn}
            if len(steps) == 1:
                values = np.array([run[name] for run in drawn])
                place = next(iter(steps))
                axes.plot(place, values.mean(0), label=label, linewidth=1.3, **style)
                ends = values.min(0), values.max(0)
                axes.fill_between(place, *ends, alpha=0.1, color=style['color'])
            else:
                for run in drawn:
                    axes.plot(run['step'], run[name], label=label, linewidth=0.8, **style)
        axes.set(xlabel='steps', title=title)
        axes.grid(alpha=0.3)
    lines = {line.get_label(): line for axes in panels for line in axes.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc='outside lower center', ncols=3, fontsize=8)
    _save(path, figure)


def draw_confusions(
    path: Path, matrices: Mapping[str, NDArray[Any]], classes: Sequence[str]
) -> None:
    """Write confusion matrices, rows in percent (Figures 10 and 11 of the paper).

    Args:
        path: PNG file.
        matrices: By row of the table, counts (K, K).
        classes: K names.
    """
    columns = min(_COLUMNS, len(matrices))
    rows = -(-len(matrices) // columns)
    side = 1.6 + 0.36 * len(classes)
    figure = new_figure(side * columns, side * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, counts) in zip(grid, matrices.items(), strict=False):
        shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
        axes.imshow(shares, cmap='Blues', vmin=0, vmax=100)
        for (row, column), share in np.ndenumerate(shares):
            colour = 'white' if share > 55 else 'black'
            text = f'{share:.0f}'
            axes.text(column, row, text, ha='center', va='center', color=colour, fontsize=6)
        axes.set_xticks(range(len(classes)), classes, rotation=90, fontsize=6)
        axes.set_yticks(range(len(classes)), classes, fontsize=6)
        axes.set_title(name, fontsize=7, wrap=True)
    for axes in grid[len(matrices) :]:
        axes.set_axis_off()
    figure.supxlabel('taken for', fontsize=8)
    figure.supylabel('class; % of it', fontsize=8)
    _save(path, figure)


def draw_images(
    path: Path, rows: Mapping[str, Sequence[NDArray[Any] | None]], classes: Sequence[str]
) -> None:
    """Write a grid of images, a row for each set and a column for each class (Figure 7).

    Args:
        path: PNG file.
        rows: By set, an image (H, W) of 0 to 255 for each class, or None.
        classes: Names.
    """
    figure = new_figure(1.1 * len(classes) + 1.6, 1.12 * len(rows) + 0.4)
    grid = figure.subplots(len(rows), len(classes), squeeze=False)
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        for axes, image in zip(line, images, strict=True):
            axes.set(xticks=[], yticks=[])
            if image is not None:
                axes.imshow(image, cmap='gray', vmin=0, vmax=255, interpolation='nearest')
        label = line[0].set_ylabel(name, fontsize=7, rotation=0, ha='right', va='center')
        label.set_wrap(True)
    for axes, label in zip(grid[0], classes, strict=True):
        axes.set_title(label, fontsize=7)
    _save(path, figure)


def _save(path: Path, figure: Any) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
