"""Colours and line styles: told apart by the colour-blind, and in grey by their lines.

The colours are those of Okabe and Ito, Color Universal Design, 2008.
"""

import os
from typing import Any, NamedTuple

from mmsar.io import replacing

CYCLE = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000')
LINES = ('-', '--', '-.', ':')
POINTS = 'osD^vPX'


class Mark(NamedTuple):
    """How something is drawn.

    Attributes:
        name: For the legend.
        colour: Of the line.
        line: Its style.
    """

    name: str
    colour: str
    line: str


RIGHT = Mark('right', '#0072b2', '-')
WRONG = Mark('wrong', '#d55e00', '--')
TRUTH = Mark('ground truth', '#009e73', '-')
IGNORED = Mark('ignored', '#999999', '-.')
HIT = Mark('hit', '#56b4e9', '-')
MISS = Mark('miss', '#f0e442', '--')
FALSE_ALARM = Mark('false alarm', '#d55e00', ':')


def save(figure: Any, path: str | os.PathLike[str], dpi: int = 100) -> None:
    """Write a figure as PNG, whole or not at all."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=dpi)
