"""Steps of an experiment: when they run, what is kept of them, and processes of their own."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mmsar.apis.cross_sensor.launching import Launcher, StepFailedError, write_job
from mmsar.apis.cross_sensor.scheduling import Schedule
from mmsar.apis.cross_sensor.steps import BEGUN, DONE, Markers, Step
from mmsar.errors import DataError

ROOT = Path(__file__).parent.parent.parent


def step(name, *needs, **changes):
    return Step(name, 'migrate', {'seed': 0, **changes}, needs, [f'out/{name}'])


class Launch:
    """Notes what runs, and fails where it is told to."""

    def __init__(self, processes=1, failing=()):
        self.processes, self.failing = processes, failing
        self.begun, self.slots, self.most, self._now = [], [], 0, 0
        self._lock = threading.Lock()
        self.stopped = False

    def __call__(self, step, slot):
        with self._lock:
            self.begun.append(step.name)
            self.slots.append(slot)
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.02)
        with self._lock:
            self._now -= 1
        if step.name in self.failing:
            raise StepFailedError(f'{step.name} failed')

    def stop(self):
        self.stopped = True


STEPS = [step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c'), step('e')]


@pytest.mark.parametrize('processes', [1, 3])
def test_order_and_failures(processes):
    launch, ended = Launch(processes, ['b']), {}
    schedule = Schedule(
        STEPS, [], launch, lambda s: None, lambda s, well: ended.update({s.name: well})
    )
    schedule.run()
    assert ended == {'a': True, 'b': False, 'c': True, 'd': False, 'e': True}
    assert 'd' not in launch.begun
    assert launch.begun.index('a') < launch.begun.index('c')
    assert (launch.most > 1) == (processes > 1)
    assert launch.most <= processes
    assert set(launch.slots) <= set(range(processes))
    assert schedule.failures == {'b': 'b failed', 'd': 'd needs b, which has failed'}


def test_what_is_done_is_not_run():
    launch = Launch()
    Schedule(STEPS, ['a', 'b'], launch, lambda s: None, lambda s, well: None).run()
    assert launch.begun == ['c', 'd', 'e']


@pytest.mark.parametrize('processes', [1, 2])
def test_an_error_of_another_kind_stops_what_runs(processes):
    launch = Launch(processes)

    def begin(step):
        if step.name == 'c':
            raise OSError('no space')

    with pytest.raises(OSError, match='no space'):
        Schedule(STEPS, [], launch, begin, lambda s, well: None).run()
    assert launch.stopped


def test_markers(tmp_path):
    steps = [step('a'), step('b', 'a')]
    markers = Markers(tmp_path, steps)
    assert not markers.is_done(steps[0])
    markers.write(steps[0], BEGUN)
    assert not markers.is_done(steps[0])
    markers.write(steps[0], DONE)
    markers.write(steps[1], DONE)
    assert markers.is_done(steps[1])
    # A step added changes no other; a setting changes all that follow.
    more = Markers(tmp_path, [*steps, step('c', 'a')])
    assert [more.is_done(one) for one in steps] == [True, True]
    changed = [step('a', steps=7), steps[1]]
    other = Markers(tmp_path, changed)
    for one in changed:
        with pytest.raises(DataError, match=rf'steps/{one.name}\.json: .* delete .*out/{one.name}'):
            other.is_done(one)
    markers.path(steps[0]).write_text('{}')
    with pytest.raises(DataError, match=r'a\.json is damaged'):
        markers.is_done(steps[0])


def test_a_process_that_fails(tmp_path, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    arguments = {
        'config': 'none.py', 'options': {}, 'checkpoint': None, 'seed': 0, 'batch_size': None,
        'content': 'a', 'style': 'b', 'out': 'c',
    }  # fmt: skip
    launch = Launcher(tmp_path, ROOT / 'tools', 2)
    with pytest.raises(StepFailedError) as failed:
        launch(Step('seed0/migrate/x', 'migrate', arguments), 0)
    message = str(failed.value)
    assert f'its log is {tmp_path}/logs/seed0/migrate/x.log, which ends:' in message
    assert 'error: config file none.py does not exist' in message


def test_gpus_in_turn(tmp_path, monkeypatch):
    seen = []

    class Process:
        stdin = None

        def __init__(self, command, env, **_):
            seen.append(env.get('CUDA_VISIBLE_DEVICES'))
            self.job = json.loads(Path(command[-1]).read_text())

        def wait(self):
            return 0

    monkeypatch.setattr('mmsar.apis.cross_sensor.launching.subprocess.Popen', Process)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '2,5')
    launch = Launcher(tmp_path, ROOT / 'tools', 4)
    for slot in range(4):
        launch(step('a'), slot)
    assert seen == ['2', '5', '2', '5']


def test_a_worker_ends_with_its_parent(tmp_path):
    job = write_job(tmp_path, ROOT / 'tools', step('a'))
    # It waits for the lock, which this process holds.
    holder = job.with_suffix('.lock').open('w')
    fcntl = pytest.importorskip('fcntl')
    fcntl.flock(holder, fcntl.LOCK_EX)
    command = [sys.executable, '-m', 'mmsar.apis.cross_sensor.worker', str(job)]
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    time.sleep(0.2)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(60) == 1
