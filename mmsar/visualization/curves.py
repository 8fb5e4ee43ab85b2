"""Loss and validation over the epochs of trainings."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from math import isnan

from mmsar.figure import new_figure
from mmsar.visualization.marks import CYCLE, LINES, POINTS, save

VALIDATED = ('accuracy', 'precision', 'recall')


@dataclass(frozen=True)
class Course:
    """The course of a training.

    Attributes:
        name: For the legend.
        loss: By epoch.
        validated: For each of :data:`VALIDATED`, the value by epoch; NaN where it is not defined.
        warnings: What could not be read.
    """

    name: str
    loss: dict[int, float]
    validated: dict[str, dict[int, float]]
    warnings: tuple[str, ...] = ()


def draw_courses(path: str | os.PathLike[str], courses: Sequence[Course]) -> None:
    """Draw the loss, and figure 7 of the bridge network paper.

    Args:
        path: PNG file.
        courses: One line each.
    """
    figure = new_figure(10, 7)
    panels = figure.subplots(2, 2, sharex=True).ravel()
    looks = zip(cycle(CYCLE), cycle(LINES), cycle(POINTS), strict=False)
    for course, (colour, line, point) in zip(courses, looks, strict=False):
        style = {'color': colour, 'linestyle': line, 'marker': point, 'markersize': 3}
        values = (course.loss, *(course.validated[name] for name in VALIDATED))
        for axes, found in zip(panels, values, strict=True):
            axes.plot(list(found), list(found.values()), label=course.name, **style)
    titles = ('training loss', *(f'validation {name}' for name in VALIDATED))
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title)
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    for axes in panels[2:]:
        axes.set_xlabel('epoch')
    for axes, name in zip(panels[1:], VALIDATED, strict=True):
        axes.set_ylim(-0.02, 1.02)
        known = [value for course in courses for value in course.validated[name].values()]
        if all(isnan(value) for value in known):
            text = 'not defined' if known else 'not validated yet'
            axes.text(0.5, 0.5, text, ha='center', transform=axes.transAxes)
    panels[0].legend()
    save(figure, path, dpi=120)
