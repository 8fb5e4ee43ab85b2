"""Starting steps: in processes of their own, or in this one."""

import contextlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import torch

from mmsar.apis.cross_sensor.steps import Step
from mmsar.apis.cross_sensor.worker import run_job
from mmsar.apis.explain import explain
from mmsar.apis.provenance import write_json
from mmsar.errors import MMSARError

_LAST = 5  # lines of a log in a message
_LIGHT = ('link_parts',)  # a process of its own would take seconds to start


class StepFailedError(MMSARError):
    """A step has failed; the message has the end of its log."""


class Launcher:
    """Runs steps in processes of their own, over the GPUs in turn where there are several.

    Args:
        work: Work folder of the experiment.
        tools: Folder of ``train.py``.
        processes: Steps at a time.
    """

    def __init__(self, work: Path, tools: Path, processes: int) -> None:
        self.work, self.tools, self.processes = work, tools, processes
        self.devices = _devices()
        self._running: set[subprocess.Popen[bytes]] = set()

    def __call__(self, step: Step, slot: int) -> None:
        """Run a step and wait for it.

        Args:
            step: The step.
            slot: Number of the place among the steps that run at a time; it decides on the GPU.

        Raises:
            StepFailedError: It has failed.
        """
        log = log_of(self.work, step)
        job = write_job(self.work, self.tools, step)
        if step.function in _LIGHT:
            run_job(json.loads(job.read_text()))
            return
        command = [sys.executable, '-m', 'mmsar.apis.cross_sensor.worker', str(job)]
        environment = dict(os.environ)
        environment.setdefault('OMP_NUM_THREADS', str(_threads(self.processes)))
        if len(self.devices) > 1:
            environment['CUDA_VISIBLE_DEVICES'] = self.devices[slot % len(self.devices)]
        with log.open('ab') as output:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
                env=environment,
            )  # fmt: skip
            self._running.add(process)
            try:
                code = process.wait()
            finally:
                self._running.discard(process)
                if process.stdin is not None:
                    process.stdin.close()
        if code:
            raise StepFailedError(failure_of(step, log, f'exit status {code}'))

    def stop(self) -> None:
        """End what is running."""
        for process in list(self._running):
            process.terminate()


class InProcess:
    """Runs steps in this process, one at a time: for short ones, which imports would dominate.

    Args:
        work: Work folder of the experiment.
        tools: Folder of ``train.py``.
    """

    processes = 1

    def __init__(self, work: Path, tools: Path) -> None:
        self.work, self.tools = work, tools

    def __call__(self, step: Step, slot: int) -> None:
        """Run a step.

        Raises:
            StepFailedError: It has failed.
        """
        log = log_of(self.work, step)
        job = json.loads(write_job(self.work, self.tools, step).read_text())
        with log.open('a') as output:
            try:
                with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                    run_job(job)
            except Exception as error:
                output.write(explain(error) or traceback.format_exc())
                output.flush()
                raise StepFailedError(failure_of(step, log, type(error).__name__)) from error
            finally:
                _forget_runs()

    def stop(self) -> None:
        """There is nothing else that runs."""


def log_of(work: Path, step: Step) -> Path:
    """Return the log of a step; its folder exists."""
    path = work / 'logs' / f'{step.name}.log'
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write_job(work: Path, tools: Path, step: Step) -> Path:
    """Write what the process of a step is to do; return the file."""
    path = log_of(work, step).with_suffix('.json')
    arguments = {**step.arguments, **step.places}
    folders = {'work': str(work.absolute()), 'tools': str(tools)}
    write_json(path, {'function': step.function, 'arguments': arguments, **folders})
    return path


def failure_of(step: Step, log: Path, how: str) -> str:
    """Return a message with the end of a log."""
    lines = [line for line in log.read_text(errors='replace').splitlines() if line.strip()]
    last = '\n'.join(f'    {line[:300]}' for line in lines[-_LAST:])
    return f'{step.name} failed ({how}); its log is {log}, which ends:\n{last}'


def _devices() -> list[str]:
    """Return the GPUs that steps are dealt to."""
    named = os.environ.get('CUDA_VISIBLE_DEVICES')
    if named:
        return named.split(',')
    return [str(number) for number in range(torch.cuda.device_count())]


def _threads(processes: int) -> int:
    return max(1, (os.cpu_count() or 1) // processes)


def _forget_runs() -> None:
    """Let the next runner of this process have its own visualizer, logger and scope."""
    from mmengine.utils import ManagerMixin

    from mmsar.randomness import end_iterations

    end_iterations()
    classes: list[Any] = [ManagerMixin]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        vars(cls).get('_instance_dict', {}).clear()
