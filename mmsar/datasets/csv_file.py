"""Reading csv files that people and programs wrote."""

import csv
from collections.abc import Sequence
from pathlib import Path

from mmsar.errors import DataError


def read_csv(path: Path) -> tuple[Sequence[str], list[tuple[int, dict[str, str]]]]:
    """Return the names of the columns, and the rows with their line numbers.

    Values lose the white space around them.

    Raises:
        DataError: The file cannot be read, is empty, or a row has too few or too many values.
    """
    try:
        # utf-8-sig: some programs put a byte order mark at the beginning.
        with path.open(encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f'{path} cannot be read as a csv file in UTF-8: {error}') from error
    header = [name.strip() for name in reader.fieldnames or []]
    if not header:
        raise DataError(f'{path} is empty; its first line must name the columns')
    named = []
    for line, row in rows:
        if None in row or None in row.values():
            raise DataError(f'{path}, line {line}: it has not the {len(header)} values of line 1')
        named.append(
            (line, dict(zip(header, (value.strip() for value in row.values()), strict=True)))
        )
    return header, named
