"""Which step runs when."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from mmsar.apis.cross_sensor.launching import StepFailedError
from mmsar.apis.cross_sensor.steps import Step

_BLOCKED = 'needs {}, which has failed'


class Launch(Protocol):
    """Runs one step; see :class:`mmsar.apis.cross_sensor.launching.Launcher`."""

    processes: int

    def __call__(self, step: Step, slot: int) -> None:
        """Run a step and wait for it."""

    def stop(self) -> None:
        """End what is running."""


class Schedule:
    """Runs steps as soon as what they need is done, in their order, several at a time.

    Args:
        steps: All of them; what is needed comes before.
        done: Names of those that are done.
        launch: Runs one.
        begin: Called before a step.
        end: Called after a step, with whether it is done.

    Attributes:
        failures: Messages, by name of the step; of those that could not begin as well.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        done: Sequence[str],
        launch: Launch,
        begin: Callable[[Step], None],
        end: Callable[[Step, bool], None],
    ) -> None:
        self.done = set(done)
        self.waiting = [step for step in steps if step.name not in self.done]
        self.launch, self.begin, self.end = launch, begin, end
        self.failures: dict[str, str] = {}

    def run(self) -> None:
        """Run all; a failure stops only what needs it."""
        try:
            if self.launch.processes == 1:
                while step := self._next():
                    self._finish(step, self._try(step, 0))
            else:
                self._run_several()
        except BaseException:
            self.launch.stop()
            raise

    def _run_several(self) -> None:
        slots = list(range(self.launch.processes))[::-1]
        running: dict[Future[str | None], tuple[Step, int]] = {}
        with ThreadPoolExecutor(self.launch.processes) as pool:
            try:
                while True:
                    while slots and (step := self._next()):
                        slot = slots.pop()
                        running[pool.submit(self._try, step, slot)] = step, slot
                    if not running:
                        return
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        step, slot = running.pop(future)
                        slots.append(slot)
                        self._finish(step, future.result())
            except BaseException:
                self.launch.stop()  # or the pool would wait for them
                raise

    def _next(self) -> Step | None:
        """Take the first step that can begin; give up those that cannot any more."""
        for step in list(self.waiting):
            lost = [name for name in step.needs if name in self.failures]
            if lost:
                self.waiting.remove(step)
                self.failures[step.name] = f'{step.name} {_BLOCKED.format(lost[0])}'
                self.end(step, False)
            elif self.done.issuperset(step.needs):
                self.waiting.remove(step)
                self.begin(step)
                return step
        return None

    def _try(self, step: Step, slot: int) -> str | None:
        """Run a step; return why it failed."""
        try:
            self.launch(step, slot)
        except StepFailedError as error:
            return str(error)
        return None

    def _finish(self, step: Step, problem: str | None) -> None:
        if problem is None:
            self.done.add(step.name)
        else:
            self.failures[step.name] = problem
        self.end(step, problem is None)
