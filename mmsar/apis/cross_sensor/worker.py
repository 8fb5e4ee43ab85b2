"""The process of one step: ``python -m mmsar.apis.cross_sensor.worker JOB.json``."""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmsar.errors import ConfigError

_PATIENCE = 120.0  # seconds until a worker that lost its parent has ended


def run_job(job: Mapping[str, Any]) -> None:
    """Call the function of a step.

    Args:
        job: ``function``, ``arguments``, and the folders ``work`` and ``tools``.
    """
    from mmsar.apis.cross_sensor.placeholders import replace_all
    from mmsar.apis.cross_sensor.stages import STAGES, Context

    arguments = replace_all(job['arguments'], {'{work}': job['work']})
    context = Context(Path(job['work']), Path(job['tools']))
    STAGES[job['function']](context, **arguments)


def main(path: str) -> None:
    """Run a job, and end if the process that started it ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    file = Path(path)
    with _alone(file.with_suffix('.lock')):
        run_job(json.loads(file.read_text()))


def _end_with_parent() -> None:
    """Wait for the end of the standard input, which the parent holds open while it lives."""
    while os.read(0, 64):
        pass
    os._exit(1)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until the worker of a run that was killed has ended, data loaders and all."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with path.open('w') as file:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise ConfigError(f'another process holds {path}; end it') from None
                time.sleep(0.5)
            except OSError:  # a file system without locks
                break
        yield


if __name__ == '__main__':
    from mmsar.apis.explain import explain

    try:
        main(sys.argv[1])
    except Exception as failure:
        message = explain(failure)
        if message is None:
            raise
        sys.exit(f'error: {message}')
    # Threads of libraries must not keep a process that has done its work.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
