"""The folder of results: whose it is, and what a stopped run has left in it."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmsar.datasets.checks import some
from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.engine.image_jobs.manifest import MANIFEST
from mmsar.errors import ConfigError, DataError

# As mmsar.io.replacing names them
_TEMPORARY = re.compile(r'\.(?P<stem>.+)\.[a-z0-9_]{8}(?P<suffix>\.\w+)')


def require_apart(out: Path, **inputs: Path) -> None:
    """Check that results will not lie among the images, nor these among results.

    Raises:
        ConfigError: They would.
    """
    for name, folder in inputs.items():
        inner, outer = out.resolve(), folder.resolve()
        if inner == outer or outer in inner.parents or inner in outer.parents:
            raise ConfigError(
                f'the folder of results {out} and that of {name} {folder} contain one another: '
                'choose another'
            )
    if out.exists() and not out.is_dir():
        raise ConfigError(f'{out} is a file; name a folder for the results')


def require_own(out: Path, outputs: Iterable[str], settings: str) -> None:
    """Check that a folder has no images but the results of these contents.

    Args:
        out: The folder.
        outputs: Names of the results.
        settings: Name of the file of settings: without it, the images are of another origin.

    Raises:
        DataError: It has others: of another job, or such as are wanted no more.
    """
    if not out.is_dir():
        return
    found = find_chips(out)
    others = sorted(set(found) - set(outputs))
    if found and not (out / settings).exists():
        raise DataError(
            f'{out} has images ({some(found)}) that were not made here: choose another folder'
        )
    if others:
        raise DataError(
            f'{out} has {len(others)} images that are made of none of the contents: '
            f'{some(others)}. If their contents were removed, remove these too; for other contents '
            'choose another folder'
        )


def remove_leftovers(out: Path, outputs: Iterable[str], settings: str) -> None:
    """Remove files that were being written when a run was killed.

    Args:
        out: The folder.
        outputs: Names of the results.
        settings: Name of the file of settings.
    """
    names = {*outputs, MANIFEST, settings}
    for folder, _, files in os.walk(out):
        below = Path(folder).relative_to(out)
        for file in files:
            match = _TEMPORARY.fullmatch(file)
            if match is None:
                continue
            target = (below / (match['stem'] + match['suffix'])).as_posix()
            if target in names:
                (Path(folder) / file).unlink()


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keep others from writing to a folder. A kill ends the lock.

    Raises:
        ConfigError: Another run writes to it.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with (out / '.lock').open('w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f'another run writes to {out}: wait for it or stop it') from None
        except OSError:  # a file system without locks
            pass
        yield
