"""How far an experiment is: a bar on a terminal, lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmsar.engine.image_jobs.progress import Report

_PERIOD = 7200.0  # seconds that the speed is taken over: a step may take an hour


class Shown(Protocol):
    """Is told which steps run."""

    def begin(self, name: str) -> None:
        """Say that a step begins."""

    def end(self, name: str, failed: bool) -> None:
        """Say that it has ended."""


class StepLines(Report):
    """A line for each step that has ended.

    Args:
        total: Steps.
        console: To print to.
    """

    def __init__(self, total: int, console: Console) -> None:
        super().__init__(total, 'steps')
        self.console, self.start = console, time.monotonic()
        self.began: dict[str, float] = {}

    def begin(self, name: str) -> None:
        """Say that a step begins."""
        self.began[name] = time.monotonic()

    def end(self, name: str, failed: bool) -> None:
        """Say that it has ended, and the time that remains if steps go on as fast."""
        self.advance(failed)
        now = time.monotonic()
        seconds = now - self.began.pop(name, now)
        remaining = (now - self.start) / self.done * (self.total - self.done)
        state = 'failed' if failed else 'done'
        self.console.print(
            f'{self.done} of {self.total} steps: {name} {state} after {_clock(seconds)}, '
            f'{_clock(remaining)} remaining',
            highlight=False,
            soft_wrap=True,
        )


class StepBar(Report):
    """A bar, with the names of the steps that run.

    Args:
        total: Steps.
        progress: It is in.
    """

    def __init__(self, total: int, progress: Progress) -> None:
        super().__init__(total, 'steps')
        self.progress, self.task = progress, progress.add_task('', total=total)
        self.running: list[str] = []

    def begin(self, name: str) -> None:
        """Say that a step begins."""
        self.running.append(name)
        self.show()

    def end(self, name: str, failed: bool) -> None:
        """Say that it has ended."""
        if name in self.running:
            self.running.remove(name)
        self.advance(failed)

    def show(self) -> None:
        """Move the bar."""
        text = ', '.join(self.running) + (f' ({self.failed} failed)' if self.failed else '')
        self.progress.update(self.task, completed=self.done, description=text)


@contextmanager
def step_progress(total: int) -> Iterator[Shown]:
    """Show progress while the block runs."""
    console = Console()
    if not console.is_terminal:
        yield StepLines(total, console)
        return
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, speed_estimate_period=_PERIOD
    ) as progress:
        yield StepBar(total, progress)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f'{minutes // 60}:{minutes % 60:02d}:{seconds:02d}'
