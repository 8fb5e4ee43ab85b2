"""Curves of a detector's figure over its training, from several starts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmsar.figure import new_figure
from mmsar.io import replacing

# Okabe and Ito: told apart by the colour-blind; the lines differ as well.
_COLOURS = ('#000000', '#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00')
_LINES = ('--', '-', '-.', ':', (0, (5, 1)), (0, (3, 1, 1, 1)))


def draw_curves(path: Path, records: Sequence[Mapping[str, Any]], metric: str) -> None:
    """Write mean and standard deviation over the seeds as PNG; one panel a number of images.

    Args:
        path: The picture.
        records: Of the runs.
        metric: What the curves show.
    """
    sizes = sorted({record['scenes'] for record in records})
    starts = list(dict.fromkeys(record['start'] for record in records))
    figure = new_figure(3.2 * len(sizes) + 0.8, 3.9)
    panels = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
    for axes, size in zip(panels, sizes, strict=True):
        for number, start in enumerate(starts):
            curves = [
                record['curve']
                for record in records
                if (record['start'], record['scenes']) == (start, size)
            ]
            if not curves:
                continue
            style = {
                'color': _COLOURS[number % len(_COLOURS)],
                'linestyle': _LINES[number % len(_LINES)],
            }
            # Runs of one size are equally long.
            steps = [step for step, _ in curves[0]]
            values = np.array([[value for _, value in curve] for curve in curves])
            mean = values.mean(0)
            spread = values.std(0, ddof=1) if len(values) > 1 else 0 * mean
            axes.plot(steps, mean, label=start, marker='o', markersize=3, **style)
            axes.fill_between(steps, mean - spread, mean + spread, color=style['color'], alpha=0.12)
        axes.set(title=f'{size} images', xlabel='epochs')
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel(metric)
    lines = {line.get_label(): line for axes in panels for line in axes.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc='outside lower center', ncols=len(lines))
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)
