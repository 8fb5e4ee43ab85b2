"""The list of scenes to make pairs of, with their matched points."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.csv_file import read_csv
from mmsar.errors import DataError

POINT_COLUMNS = ('sar_column', 'sar_row', 'optical_column', 'optical_row')
_FIELDS = ('scene', 'sar', 'optical', 'points')


class MatchedScene(NamedTuple):
    """A SAR image and an optical one of the same ground.

    Attributes:
        name: Of the scene.
        sar: File of the SAR image.
        optical: File of the optical image.
        points: (N, 4), column and row in the SAR image, column and row in the optical one; the
            middle of the first pixel is (0, 0).
    """

    name: str
    sar: Path
    optical: Path
    points: NDArray[np.float64]


def read_scenes(path: Path) -> list[MatchedScene]:
    """Read a list of scenes.

    Args:
        path: A csv with the columns ``scene``, ``sar``, ``optical`` and ``points``, or a JSON file
            with a list of objects with these fields. Files are relative to its folder. ``points``
            is a csv with the columns ``sar_column``, ``sar_row``, ``optical_column`` and
            ``optical_row``; in JSON also a list of such four numbers.

    Raises:
        DataError: A file cannot be read, or an entry is wrong.
    """
    if not path.is_file():
        wrong = 'is a folder' if path.is_dir() else 'does not exist'
        raise DataError(
            f'{path} {wrong}; name a csv or JSON file that lists the scenes ({", ".join(_FIELDS)})'
        )
    entries = _read_json(path) if path.suffix.lower() == '.json' else _read_csv(path, _FIELDS)
    if not entries:
        raise DataError(f'{path} lists no scenes')
    scenes = [_scene(entry, path, number) for number, entry in enumerate(entries, 1)]
    names = [scene.name for scene in scenes]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise DataError(f'{path}: {names.count(twins[0])} scenes are called {twins[0]!r}')
    return scenes


def _scene(entry: Any, path: Path, number: int) -> MatchedScene:
    where = f'{path}, scene {number}'
    absent = [field for field in _FIELDS if not isinstance(entry, Mapping) or not entry.get(field)]
    if absent:
        raise DataError(f'{where}: it has no {absent[0]!r}; each scene needs {", ".join(_FIELDS)}')
    name = str(entry['scene'])
    if not re.fullmatch(r'[\w.-]+', name):
        raise DataError(
            f'{where}: files are named after the scene, so {name!r} may have letters, digits, _, - '
            'and . only'
        )
    points = entry['points']
    if isinstance(points, str):
        source = str(path.parent / points)
        points = [
            [row[column] for column in POINT_COLUMNS]
            for row in _read_csv(path.parent / points, POINT_COLUMNS)
        ]
    else:
        source = f'{where}: points'
    try:
        array = np.array(points, np.float64).reshape(-1, 4)
    except (TypeError, ValueError):
        raise DataError(
            f'{source}: each point needs four numbers: {", ".join(POINT_COLUMNS)}'
        ) from None
    if not np.isfinite(array).all():
        raise DataError(f'{source}: a coordinate is not a finite number')
    return MatchedScene(name, path.parent / entry['sar'], path.parent / entry['optical'], array)


def _read_json(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f'{path} is not valid JSON: {error}') from error
    if not isinstance(content, list):
        raise DataError(f'{path} must be a list of scenes')
    return content


def _read_csv(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    header, rows = read_csv(path)
    absent = [column for column in columns if column not in header]
    if absent:
        raise DataError(
            f'{path} has no column {absent[0]!r}; it must have {", ".join(columns)}, separated by '
            'commas'
        )
    return [row for _, row in rows]
