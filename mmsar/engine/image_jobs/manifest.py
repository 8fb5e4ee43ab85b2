"""The record of a job: which image is done, which has failed and why."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from mmsar.datasets.checks import some
from mmsar.errors import DataError
from mmsar.io import replacing

MANIFEST = 'manifest.jsonl'
_LOGS = 'manifest.rank*.jsonl'

Entry = dict[str, Any]


class Log:
    """The file of one process, to which it appends a line for each image.

    A line is on the disk when ``append`` returns, and written after the image that it is about.

    Args:
        folder: Of the results.
        rank: Of the process.
    """

    def __init__(self, folder: Path, rank: int) -> None:
        self.path = folder / _LOGS.replace('*', str(rank))
        self._file: IO[bytes] | None = None

    def append(self, entry: Entry) -> None:
        """Write a line."""
        if self._file is None:
            self._file = self.path.open('ab')
        self._file.write((json.dumps(entry, allow_nan=False) + '\n').encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()


def read_manifest(folder: Path, key: str = 'content') -> dict[str, Entry]:
    """Return the last entry of each image, by its name.

    What a kill has left of a last line counts for nothing. It may be read while a job runs.

    Args:
        folder: Of the results.
        key: The field of an entry that names its image.
    """
    # The logs first: one that vanishes meanwhile has been merged into the manifest before.
    logs = [_read(path, key) for path in sorted(folder.glob(_LOGS))]
    entries = _read(folder / MANIFEST, key)
    for log in logs:
        entries.update(log)
    return entries


def merge_manifest(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Write one manifest, by the names of the images, in place of the files of the processes."""
    with replacing(folder / MANIFEST) as temporary:
        lines = (json.dumps(entries[name], allow_nan=False) + '\n' for name in sorted(entries))
        temporary.write_text(''.join(lines))
    for path in folder.glob(_LOGS):
        path.unlink()


def _read(path: Path, key: str) -> dict[str, Entry]:
    try:
        return {entry[key]: entry for entry in _lines(path, key)}
    except FileNotFoundError:
        return {}


def _lines(path: Path, key: str) -> Iterator[Entry]:
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b'\n'):
            continue
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and {key, 'status'} <= entry.keys():
                yield entry


def claim(path: Path, settings: Mapping[str, Any], overwrite: bool = False) -> bool:
    """Write the settings into a new folder of results, or compare them with what it says.

    Args:
        path: The file of settings, in the folder of the results.
        settings: What the results depend on, but for the images themselves.
        overwrite: Forget what was done with other settings.

    Returns:
        Whether what was done there counts.

    Raises:
        DataError: The settings differ, or the file is damaged.
    """
    folder = path.parent
    new = json.loads(json.dumps(settings, default=str))
    old = _read_settings(path) if path.exists() and not overwrite else None
    if old == new:
        return True
    if old is not None:
        raise DataError(
            f'{folder} was made with other settings: {some(list(_differences(old, new)))}. Choose '
            'another folder, restore the settings, or give overwrite=True (--overwrite) to do '
            'everything again'
        )
    # The settings last: without them nothing that was there counts.
    for log in (folder / MANIFEST, *folder.glob(_LOGS)):
        log.unlink(missing_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(new, indent=2) + '\n')
    return False


def _read_settings(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise DataError(f'{path} is damaged ({error}); give overwrite=True (--overwrite)') from None


def _differences(old: Any, new: Any, key: str = '') -> Iterator[str]:
    """Yield the settings that differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            below = f'{key}.{name}' if key else name
            yield from _differences(old.get(name), new.get(name), below)
    elif old != new:
        fixed = {'styles.files': 'the images of the style folder'}
        yield fixed.get(key, f'{key} was {old!r} and is {new!r}')
