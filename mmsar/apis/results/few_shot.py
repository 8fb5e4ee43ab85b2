"""Tables of few-shot classification among the results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmsar.apis.few_shot.table import markdown, row_name
from mmsar.apis.provenance import write_json
from mmsar.errors import DataError

NAME = 'table.json'
FOLDER = 'few_shot'
_ROW = {'start', 'pool', 'head', 'shots', 'seeds', 'mean', 'half_width_95'}


@dataclass(frozen=True)
class FewShotTable:
    """What ``few_shot.py`` reached.

    Attributes:
        name: Of its folder; that of the record.
        content: Of its ``table.json``.
    """

    name: str
    content: dict[str, Any]

    @property
    def data_set(self) -> str:
        """Last part of the config's name."""
        return Path(self.content['config']).stem.rsplit('_', 1)[-1]


def find_tables(source: Path) -> list[FewShotTable]:
    """Read all ``table.json`` within a folder.

    Raises:
        DataError: One of them is damaged.
    """
    paths = sorted(source.rglob(NAME)) if source.is_dir() else []
    return [read_table(path, path.parent.name) for path in paths]


def published_tables(folder: Path) -> list[FewShotTable]:
    """Read the published records, those below ``few_shot`` of a folder of records."""
    return [read_table(path, path.stem) for path in sorted((folder / FOLDER).glob('*.json'))]


def read_table(path: Path, name: str) -> FewShotTable:
    """Read a table.

    Raises:
        DataError: It cannot be read, or is no such table.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        rows = content['rows']
        whole = all(row.keys() >= _ROW for row in rows)
        if rows and whole and content.keys() >= {'title', 'config', 'hardware'}:
            return FewShotTable(name, content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f'{path} is no table of few_shot.py ({error!r}); run the tool again, or delete it'
        ) from error
    raise DataError(f'{path} is no table of few_shot.py of today; run the tool again')


def publish_table(table: FewShotTable, folder: Path) -> str:
    """Copy a table into a folder of records, without paths and the figures of each seed.

    Returns:
        What was done, for the user.
    """
    rows = [{k: v for k, v in row.items() if k != 'accuracy'} for row in table.content['rows']]
    config = Path(table.content['config'])
    name = config.name if config.is_absolute() else str(config)
    target = folder / FOLDER / f'{table.name}.json'
    write_json(target, {**table.content, 'config': name, 'rows': rows})
    return f'wrote {target}'


def render_tables(tables: Sequence[FewShotTable]) -> str:
    """Return the tables of a data set as markdown."""
    parts = []
    for table in tables:
        rows = table.content['rows']
        sizes = list(dict.fromkeys(row['shots'] for row in rows))
        cells = {(row_name(row), row['shots']): _cell(row) for row in rows}
        lines = [
            [name, *(cells.get((name, size), '') for size in sizes)]
            for name in dict.fromkeys(name for name, _ in cells)
        ]
        header = ['few shots', *('all chips' if size == 'all' else str(size) for size in sizes)]
        count = max(row['seeds'] for row in rows)
        parts.append(f'`{Path(table.content["config"]).name}`, {count} draws:')
        parts.append(markdown(header, lines))
    return '\n\n'.join(parts)


def _cell(row: dict[str, Any]) -> str:
    wide = row['half_width_95']
    return f'{row["mean"]:.1f}' + (f' [{wide:.1f}]' if wide is not None else '')
