"""Figures of generated images as a table."""

import math
from collections.abc import Mapping

from rich import box
from rich.table import Table

from mmsar.evaluation.generation.naming import kind_of
from mmsar.evaluation.report import as_text


def format_table(
    sets: Mapping[str, Mapping[str, float]],
    floor: Mapping[str, float],
    title: str = '',
    short: bool = False,
) -> str:
    """Return a table with a row for each figure and a column for each set of images.

    Args:
        sets: Figures by the name of the set; one that a set does not have is '-'.
        floor: Sampling floor; left out if empty.
        title: Above the names of the figures.
        short: Leave out the single differences of co-occurrence matrices.
    """
    table = Table(title, box=box.ASCII)
    for header in ('same', *(['real halves'] if floor else []), *sets):
        table.add_column(header, justify='right')
    names = list(dict.fromkeys(name for figures in sets.values() for name in figures))
    for name in names:
        kind = kind_of(name)
        if short and kind.kind == 'difference':
            continue
        same = '' if kind.same is None else f'{kind.same:g}'
        columns = [*([floor] if floor else []), *sets.values()]
        values = (part.get(name, math.nan) for part in columns)
        table.add_row(name, same, *(_number(value) for value in values))
    return as_text(table)


def format_shares(sets: Mapping[str, Mapping[str, float]], title: str) -> str:
    """Return a table of shares, in percent.

    Args:
        sets: By the name of the set, shares from 0 to 1 by what they are of, such as
            :func:`mmsar.evaluation.generation.moved.moved` returns.
        title: Above the names.
    """
    table = Table(title, box=box.ASCII)
    for name in sets:
        table.add_column(name, justify='right')
    for name in next(iter(sets.values())):
        values = [part.get(name, math.nan) for part in sets.values()]
        table.add_row(name, *('-' if math.isnan(v) else f'{100 * v:.0f}' for v in values))
    return as_text(table)


def _number(value: float) -> str:
    return '-' if math.isnan(value) else f'{value:.4g}' if abs(value) < 1e-2 else f'{value:.3f}'
