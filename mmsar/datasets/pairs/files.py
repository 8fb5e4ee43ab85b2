"""Finding the two files of each optical-SAR pair: in two folders, or by a list."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from mmsar.datasets.checks import some
from mmsar.datasets.csv_file import read_csv
from mmsar.datasets.raster_files import raster_files
from mmsar.errors import ConfigError, DataError
from mmsar.io import Window

# Of the list; the first two must be there.
COLUMNS = ('sar', 'optical', 'group', 'row', 'column', 'size', 'part', 'kept', 'label')
_KEPT = ('1', '1.0', 'yes', 'true')
_LEFT_OUT = ('0', '0.0', 'no', 'false')


class PairFiles(NamedTuple):
    """One pair.

    Attributes:
        sar: File of the SAR image.
        optical: File of the optical image.
        group: Its scene, if known.
        window: Its place in the scene, if known.
        part: 'train', say, if the list says so.
        label: Name of its class, if the list says so.
    """

    sar: str
    optical: str
    group: str | None = None
    window: Window | None = None
    part: str | None = None
    label: str | None = None


def pair_folders(sar: Path, optical: Path, pattern: str = '*') -> dict[str, PairFiles]:
    """Pair the images of two folders by their names without suffix.

    Args:
        sar: Folder of the SAR images.
        optical: Folder of the optical images.
        pattern: Which names to take, as a shell pattern (``train_*``).

    Returns:
        Pairs by their name, sorted.

    Raises:
        DataError: An image has no partner, or two have one name.
    """
    files = [images_by_name(folder, pattern) for folder in (sar, optical)]
    for (here, folder), (there, other) in (
        ((files[0], sar), (files[1], optical)),
        ((files[1], optical), (files[0], sar)),
    ):
        alone = [path.name for stem, path in here.items() if stem not in there]
        if alone:
            raise DataError(
                f'{len(alone)} of {len(here)} images in {folder} have no partner of the same name '
                f'in {other}: {some(alone)}. Add the partners, or remove the images'
            )
    return {stem: PairFiles(str(files[0][stem]), str(files[1][stem])) for stem in sorted(files[0])}


def images_by_name(folder: Path, pattern: str = '*') -> dict[str, Path]:
    """Return the images of a folder by their names without suffix.

    Args:
        folder: See there.
        pattern: Which names to take, as a shell pattern.

    Raises:
        DataError: There are none, or two have one name.
    """
    result: dict[str, Path] = {}
    for path in raster_files(folder):
        if not fnmatchcase(path.stem, pattern):
            continue
        if path.stem in result:
            raise DataError(
                f'{folder} has two images called {path.stem}: {result[path.stem].name} and '
                f'{path.name}. Keep one'
            )
        result[path.stem] = path
    if not result:
        named = '' if pattern == '*' else f' whose names match {pattern!r}'
        raise DataError(f'{folder} has no images{named}')
    return result


def read_pair_list(path: Path, columns: Mapping[str, str] | None = None) -> list[PairFiles]:
    """Read a csv with one pair a row.

    Args:
        path: The csv. Its columns: ``sar`` and ``optical``, the files; ``group``, the scene, for
            all pairs or none; ``row``, ``column`` and ``size``, the place of the pair in its scene
            in pixels; ``part``, 'train' or 'val'; ``kept``, 0 in rows to leave out, else 1 (or no
            and yes, false and true); ``label``, the class of the pair.
        columns: Where the csv has others, how to make these of them:
            ``dict(sar='radar/{number}.png', group='{scene}')``.

    Raises:
        ConfigError: ``columns`` has a key that is not used, or a value that is no text.
        DataError: The csv cannot be read, or a row is wrong.
    """
    unknown = sorted(set(columns or {}) - set(COLUMNS))
    if unknown:
        raise ConfigError(f'columns has no {unknown[0]!r}; it has {", ".join(COLUMNS)}')
    for name, template in (columns or {}).items():
        if not isinstance(template, str):
            raise ConfigError(f"columns.{name}={template!r} is no text; give '{{COLUMN}}', say")
    header, rows = read_csv(path)
    made = {name: f'{{{name}}}' for name in COLUMNS if name in header} | dict(columns or {})
    for name in ('sar', 'optical'):
        if name not in made:
            raise DataError(
                f'{path} has no column {name!r}; it has {", ".join(header)}. Add it (columns are '
                f"separated by commas), or set columns=dict({name}='...{{name}}...')"
            )
    place = {'row', 'column', 'size'} & made.keys()
    if place and not {'group', 'row', 'column', 'size'} <= made.keys():
        raise DataError(
            f'{path} has {", ".join(sorted(place))}: a place in a scene needs the columns group, '
            'row, column and size'
        )
    pairs = []
    for line, row in rows:
        where = f'{path}, line {line}'
        values = _fill(made, row, where)
        kept = values.get('kept', '1').strip().lower()
        if kept not in (*_KEPT, *_LEFT_OUT):
            raise DataError(
                f'{where}: kept is {kept!r}; write 1 (or yes, true) in rows to keep, and 0 (or no, '
                'false) in rows to leave out'
            )
        if kept in _KEPT:
            pairs.append(_pair(values, where))
    if not pairs:
        raise DataError(f'{path} lists no pairs')
    return pairs


def below(pairs: list[PairFiles], sar: Path, optical: Path) -> list[PairFiles]:
    """Return pairs whose files are named relative to two folders, with their whole paths."""
    return [
        pair._replace(sar=str(sar / pair.sar), optical=str(optical / pair.optical))
        for pair in pairs
    ]


def _fill(made: Mapping[str, str], row: Mapping[str, str], where: str) -> dict[str, str]:
    values = {}
    for name, template in made.items():
        try:
            values[name] = template.format(**row)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise DataError(
                f"{where}: columns=dict({name}='{template}') does not fit ({error}); the columns "
                f'are {", ".join(row)}'
            ) from error
    return values


def _pair(values: Mapping[str, str], where: str) -> PairFiles:
    for name in ('sar', 'optical', 'group', 'part', 'label'):
        if values.get(name) == '':
            raise DataError(f'{where}: {name} is empty')
    window = None
    if 'row' in values:
        try:
            row, column, size = (int(values[name]) for name in ('row', 'column', 'size'))
        except ValueError:
            raise DataError(f'{where}: row, column and size must be whole numbers') from None
        if size < 1:
            raise DataError(f'{where}: size {size} is not above zero')
        window = Window(row, column, size, size)
    return PairFiles(
        values['sar'], values['optical'], values.get('group'), window, values.get('part'),
        values.get('label'),
    )  # fmt: skip
