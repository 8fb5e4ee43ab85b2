"""Reading csv files that people and other programs wrote."""

import csv
from collections.abc import Sequence
from pathlib import Path

from mmsar.datasets.checks import some
from mmsar.errors import DataError


def read_csv(path: Path) -> tuple[Sequence[str], list[tuple[int, dict[str, str]]]]:
    """Read a csv whose first line names the columns.

    Args:
        path: In UTF-8, with commas. Blanks around names and values are dropped.

    Returns:
        The names of the columns; the rows, each with the number of its (last) line.

    Raises:
        DataError: It does not exist, is empty or no csv; two columns have one name; or a row has
            more or fewer values than there are columns.
    """
    if not path.is_file():
        raise DataError(
            f'{path} {"is a folder, not a file" if path.is_dir() else "does not exist"}'
        )
    try:
        # utf-8-sig: some programs put a byte order mark at the beginning.
        with path.open(encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file, strict=True)
            header = [name.strip() for name in reader.fieldnames or []]
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f'{path} cannot be read as a csv file in UTF-8: {error}') from error
    if not header:
        raise DataError(f'{path} is empty; its first line must name the columns')
    twice = [repr(name) for name in dict.fromkeys(header) if header.count(name) > 1]
    if twice:
        raise DataError(
            f'{path}, line 1: more than one column is called {some(twice)}; rename or remove one'
        )
    named = []
    for line, row in rows:
        if None in row or None in row.values():
            raise DataError(f'{path}, line {line}: it has not the {len(header)} values of line 1')
        named.append(
            (line, dict(zip(header, (value.strip() for value in row.values()), strict=True)))
        )
    return header, named
