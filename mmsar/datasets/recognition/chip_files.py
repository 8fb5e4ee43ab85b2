"""Finding the image files below a folder, and those among them that cannot be read."""

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from mmsar.datasets.checks import RASTER_SUFFIXES
from mmsar.errors import DataError
from mmsar.io import open_raster, read_raster
from mmsar.io.formats import sniff

CHECKS = ('pixels', 'header', 'names')
_LISTED = 20  # files in a message
# MSTAR's files are called HB03333.015, or have no suffix.
_MAYBE_PHOENIX = re.compile(r'(\.\d{3})?')


def find_chips(folder: str | os.PathLike[str]) -> list[str]:
    """Return the image files below a folder, at any depth, as paths relative to it, sorted.

    Links to folders are followed, each folder is entered once. Hidden files and folders, and files
    that :func:`mmsar.io.open_raster` has no format for, by their suffix, are left out; Phoenix
    files are found with any suffix of three digits, or none; of the former, empty files too, which
    checks then name.
    """
    return sorted(_walk(str(folder), '', set()))


def require_chips(folder: Path, what: str = '') -> list[str]:
    """Return the image files below a folder; see :func:`find_chips`.

    Args:
        folder: The folder.
        what: It is, for messages.

    Raises:
        DataError: It is no folder, or has none.
    """
    name = f'{what} {folder}'.strip()
    if not folder.is_dir():
        raise DataError(f'{name} is not a folder; give one with images')
    names = find_chips(folder)
    if not names:
        raise DataError(f'{name} has no images, nor has a folder in it')
    return names


def _walk(folder: str, below: str, entered: set[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in entered:
        return
    entered.add(real)
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith('.') or entry.name == '__MACOSX':
                continue
            if entry.is_dir():
                yield from _walk(entry.path, f'{below}{entry.name}/', entered)
            elif _is_image(entry):
                yield below + entry.name


def _is_image(entry: os.DirEntry[str]) -> bool:
    suffix = os.path.splitext(entry.name)[1].lower()
    if suffix in RASTER_SUFFIXES:
        return True
    if not _MAYBE_PHOENIX.fullmatch(suffix) or not entry.is_file():
        return False
    if suffix and not entry.stat().st_size:
        return True  # to be named as empty
    with open(entry.path, 'rb') as file:
        form = sniff(file.read(512))
    return form is not None and form.name == 'Phoenix'


def find_broken(
    paths: Sequence[str], check: str = 'pixels', name: str | None = None
) -> dict[str, str]:
    """Return the files that cannot be read, with what is wrong.

    Args:
        paths: Of the files.
        check: ``pixels`` reads everything, ``header`` the beginning of each file, ``names`` sees
            that the files are there and not empty.
        name: Variable of NPZ and MAT files.
    """
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        problems = pool.map(partial(_problem, check=check, name=name), paths)
        return {path: problem for path, problem in zip(paths, problems, strict=True) if problem}


def _problem(path: str, check: str, name: str | None) -> str | None:
    try:
        if check == 'pixels':
            read_raster(path, name=name)
        elif check == 'header':
            open_raster(path, name).close()
        elif not Path(path).is_file():
            return f'{path} does not exist'
        elif not os.path.getsize(path):
            return f'{path} is empty (0 bytes)'
    except DataError as error:
        return str(error)
    return None


def without_broken(
    paths: Sequence[str],
    source: str,
    check: str = 'pixels',
    skip: bool = False,
    name: str | None = None,
) -> list[int]:
    """Return the places of the files that can be read.

    Args:
        paths: Of the files.
        source: Where they are from, for messages.
        check: See :func:`find_broken`.
        skip: Leave the others out with one warning, in place of an error.
        name: Variable of NPZ and MAT files.

    Raises:
        DataError: A file cannot be read, or with ``skip`` none can.
    """
    broken = find_broken(paths, check, name)
    if broken:
        lines = [f'  {reason}' for reason in list(broken.values())[:_LISTED]]
        lines += [f'  and {len(broken) - _LISTED} more'] * (len(broken) > _LISTED)
        message = f'{len(broken)} of {len(paths)} files of {source} cannot be read:\n' + '\n'.join(
            lines
        )
        if not skip or len(broken) == len(paths):
            raise DataError(f"{message}\nReplace or remove them, or set corrupt='skip'")
        warnings.warn(f'{message}\nThey are left out', stacklevel=2)
    return [number for number, path in enumerate(paths) if path not in broken]
