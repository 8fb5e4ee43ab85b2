"""Finding a data set below the folder that the user names: copies differ in how they are nested."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mmsar.datasets.checks import some
from mmsar.errors import DataError

_DEPTH = 4  # folders below data_root that are looked at

# Each mark is a pattern, or several of which one suffices, that the folder must contain.
Marks = Sequence[str | tuple[str, ...]]


class Place(NamedTuple):
    """Where a data set was found.

    Attributes:
        layout: How its files are arranged there.
        folder: The folder that has them.
    """

    layout: str
    folder: Path


class Unfound(NamedTuple):
    """What to tell a user whose folder has no copy of a data set.

    Attributes:
        name: Of the data set.
        tree: The expected files, one line each.
        page: Of the documentation.
    """

    name: str
    tree: Sequence[str]
    page: str


def find_layout(
    data_root: Path,
    layouts: Mapping[str, Marks],
    hint: Unfound,
    skip: Callable[[str], bool] = lambda name: False,
) -> Place:
    """Find the one folder that is arranged in a known way: ``data_root``, or one below it.

    Args:
        data_root: Where to begin.
        layouts: Marks of each arrangement, the preferred first. Only if there is none of it
            anywhere, the next is looked for.
        hint: For the message.
        skip: Tells by its name that a folder below ``data_root`` holds something else.

    Raises:
        DataError: There is none, or there are several.
    """
    folders = list(_walk(data_root, skip))
    for layout, marks in layouts.items():
        found = [folder for folder in folders if _has(folder, marks)]
        # What lies inside a match belongs to it.
        found = [f for f in found if not any(other in f.parents for other in found)]
        if len(found) == 1:
            return Place(layout, found[0])
        if found:
            raise DataError(
                f'{data_root} has {len(found)} copies of {hint.name}: '
                f'{some([str(folder) for folder in found])}. Set data_root to one of them'
            )
    lines = '\n'.join(f'  {line}' for line in hint.tree)
    raise DataError(
        f'{data_root} has no copy of {hint.name}, nor has a folder in it. Expected:\n{lines}\n'
        f'Found: {some(_names(data_root)) or "nothing"}. Set data_root to the folder with these '
        f'files; {hint.page} says how to get them'
    )


def unnest(folder: Path) -> Path:
    """Go down as long as a folder has nothing but another, or one of its own name."""
    while True:
        inner = folder / folder.name
        if not inner.is_dir():
            names = _names(folder)
            inner = folder / names[0].rstrip('/') if len(names) == 1 else folder
        if inner == folder or not inner.is_dir():
            return folder
        folder = inner


def first_folder(*folders: Path) -> Path:
    """Return the first that exists, or the first if none does."""
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def _walk(root: Path, skip: Callable[[str], bool]) -> Iterator[Path]:
    """Yield the folder and those in it, level by level."""
    level = [root]
    for depth in range(_DEPTH + 1):
        yield from level
        if depth < _DEPTH:
            level = [inner for folder in level for inner in _subfolders(folder, skip)]


def _subfolders(folder: Path, skip: Callable[[str], bool]) -> list[Path]:
    with suppress(PermissionError), os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir())
        return [folder / name for name in names if not (_is_junk(name) or skip(name))]
    return []


def _has(folder: Path, marks: Marks) -> bool:
    options = [(mark,) if isinstance(mark, str) else mark for mark in marks]
    with suppress(PermissionError):
        return all(any(any(folder.glob(pattern)) for pattern in option) for option in options)
    return False


def _names(folder: Path) -> list[str]:
    """Return what a folder has, with a slash behind folders, without hidden files."""
    return sorted(
        path.name + ('/' if path.is_dir() else '')
        for path in folder.iterdir()
        if not _is_junk(path.name)
    )


def _is_junk(name: str) -> bool:
    """Tell what systems leave behind."""
    return name.startswith('.') or name == '__MACOSX'
