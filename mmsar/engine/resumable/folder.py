"""The folder of a long job: one run at a time writes to it, and what a kill has left is removed."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmsar.engine.resumable.manifest import MANIFEST
from mmsar.errors import ConfigError

# As mmsar.io.replacing names them
_TEMPORARY = re.compile(r'\.(?P<stem>.+)\.[a-z0-9_]{8}(?P<suffix>\.\w+)')


def remove_leftovers(out: Path, outputs: Iterable[str]) -> None:
    """Remove files that were being written when a run was killed."""
    names = {*outputs, MANIFEST}
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
