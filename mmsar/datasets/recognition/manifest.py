"""Lists of chips: the files, the sets they are from, and what is known of them."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from mmsar.datasets.checks import some
from mmsar.datasets.csv_file import read_csv
from mmsar.errors import DataError
from mmsar.io import replacing


class Chip(NamedTuple):
    """One chip of a manifest; the fields are its columns.

    Attributes:
        path: Of the file, relative to the manifest.
        set: Data set that it is from.
        label: Its class; empty where there is none.
        scene: File that it was cut from or is, relative to the folder of the sets.
        row: Its first row in the scene.
        column: Its first column.
        height: In pixels.
        width: In pixels.
        group: Chips with equal values are views of one image; empty where it is alone.
    """

    path: str
    set: str = ''
    label: str = ''
    scene: str = ''
    row: int = 0
    column: int = 0
    height: int = 0
    width: int = 0
    group: str = ''


def write_manifest(path: Path, chips: Iterable[Chip]) -> None:
    """Write a csv with one chip a row; ``group`` only where a chip has one."""
    chips = list(chips)
    columns = Chip._fields if any(chip.group for chip in chips) else Chip._fields[:-1]
    with replacing(path) as temporary, temporary.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(columns)
        writer.writerows(chip[: len(columns)] for chip in chips)


def read_manifest(path: Path, sets: Sequence[str] | None = None) -> list[Chip]:
    """Read a csv with a column ``path``; of the others of :class:`Chip`, those it has.

    Args:
        path: The csv.
        sets: Take the chips of these data sets. Default: all.

    Raises:
        DataError: The csv cannot be read or a row is wrong, it has no such set, or no chips.
    """
    header, rows = read_csv(path)
    if 'path' not in header:
        raise DataError(
            f"{path} has no column 'path', the files of the chips; it has {', '.join(header)}"
        )
    chips = [_chip(row, f'{path}, line {line}') for line, row in rows]
    if sets is not None:
        known = sorted({chip.set for chip in chips})
        missing = [name for name in sets if name not in known]
        if missing:
            raise DataError(f'{path} has no chips of {some(missing)}; its sets: {", ".join(known)}')
        chips = [chip for chip in chips if chip.set in sets]
    if not chips:
        raise DataError(f'{path} lists no chips')
    return chips


def _chip(row: dict[str, str], where: str) -> Chip:
    if not row['path']:
        raise DataError(f'{where}: path is empty')
    try:
        numbers = {
            name: int(row[name])
            for name in ('row', 'column', 'height', 'width')
            if row.get(name, '') != ''
        }
    except ValueError:
        raise DataError(f'{where}: row, column, height and width must be whole numbers') from None
    texts = {name: row[name] for name in ('path', 'set', 'label', 'scene', 'group') if name in row}
    return Chip(**texts, **numbers)  # type: ignore[arg-type]
