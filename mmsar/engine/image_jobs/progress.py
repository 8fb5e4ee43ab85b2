"""How far a job is, and when it will end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from mmengine.logging import print_log
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_PAUSE = 10.0  # seconds between two lines
_PERIOD = 3600.0  # seconds that the speed is taken over: a batch may take minutes


class Report:
    """What is done of a share; it counts, and shows nothing.

    Args:
        total: Number of images.
        what: Is done.
    """

    def __init__(self, total: int, what: str = 'migrating') -> None:
        self.total, self.what = total, what
        self.done = self.failed = 0

    def advance(self, failed: int = 0, count: int = 1) -> None:
        """Count images that were done together, or parts of one; what failed is whole images."""
        self.done += count
        self.failed += failed
        self.show()

    def show(self) -> None:
        """Say how far it is."""


class Lines(Report):
    """Lines of the log, with the time that remains.

    Args:
        total: Number of images.
        what: Is done.
        pause: Least time in seconds between two lines.
    """

    def __init__(self, total: int, what: str = 'migrating', pause: float = _PAUSE) -> None:
        super().__init__(total, what)
        self.pause = pause
        self.begun = self.said = time.monotonic()

    def show(self) -> None:
        """Write a line, now and then and in the end."""
        if not self.done:
            return
        now = time.monotonic()
        if now - self.said >= self.pause or self.done == self.total:
            self.said = now
            print_log(self.line(now - self.begun), logger='current')

    def line(self, seconds: float) -> str:
        """Return the line after so many seconds of work."""
        remaining = timedelta(seconds=round(seconds / self.done * (self.total - self.done)))
        failed = f', {self.failed} failed' if self.failed else ''
        return f'{self.what}: {self.done} of {self.total}{failed}, {remaining} remaining'


class Bar(Report):
    """A bar on the terminal.

    Args:
        progress: It is in.
        total: Number of images.
        what: Is done.
    """

    def __init__(self, progress: Progress, total: int, what: str = 'migrating') -> None:
        super().__init__(total, what)
        self.progress = progress
        self.task = progress.add_task(what, total=total)

    def show(self) -> None:
        """Move the bar."""
        text = f'{self.what}, {self.failed} failed' if self.failed else self.what
        self.progress.update(self.task, completed=self.done, description=text)


@contextmanager
def report(total: int, rank: int, processes: int, doing: str = 'migrating') -> Iterator[Report]:
    """Show progress while the block runs; the first process does, for its own share.

    Args:
        total: Images of this process.
        rank: Of it.
        processes: Their number.
        doing: What is done.
    """
    what = doing + (f' (first of {processes} processes)' if processes > 1 else '')
    console = Console()
    if rank:
        yield Report(total)
    elif not console.is_terminal:
        yield Lines(total, what)
    else:
        columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, TimeRemainingColumn(), console=console, speed_estimate_period=_PERIOD
        ) as progress:
            yield Bar(progress, total, what)
