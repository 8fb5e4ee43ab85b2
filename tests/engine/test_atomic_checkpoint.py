import os
from pathlib import Path

import pytest
import torch
from mmengine.runner import find_latest_checkpoint
from toy import ToyMetric
from toy_runs import run

from mmsar.engine.atomic_backend import AtomicLocalBackend

BEST = {
    'val_dataloader': {
        'batch_size': 5,
        'dataset': {'type': 'ToyDataset'},
        'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    },
    'val_cfg': {'type': 'ValLoop'},
    'val_evaluator': {'type': 'ToyMetric'},
    'default_hooks': {'checkpoint': {'save_best': 'acc'}},
}


def checkpoints(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob('*.pth') if path.name != 'rank0.pth')


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may catch it and go on."""


# Every call that changes the folder: what it names is what a kill could lose.
STEPS = ('os.replace', 'os.fsync', 'os.unlink', 'os.remove', 'os.open')


def test_no_moment_of_killing_leaves_no_checkpoint(tmp_path, monkeypatch):
    options = {'train_cfg': {'max_epochs': 2}, 'train_dataloader': {'batch_size': 10}}
    calls = 0
    limit = [10**9]

    def counted(function):
        def call(*args, **kwargs):
            nonlocal calls
            if armed[0] and os.getpid() == main_process:
                calls += 1
                if calls == limit[0]:
                    raise Killed
            return function(*args, **kwargs)

        return call

    armed, main_process = [False], os.getpid()
    for name in STEPS:
        monkeypatch.setattr(name, counted(getattr(os, name.split('.')[1])))

    put = AtomicLocalBackend.put

    def armed_put(self, obj, filepath):
        armed[0] = True
        put(self, obj, filepath)

    monkeypatch.setattr(AtomicLocalBackend, 'put', armed_put)
    run('toy_epoch', tmp_path / 'count', **options)
    total, armed[0] = calls, False
    assert total > 12
    for moment in range(1, total + 1):
        calls, limit[0], folder = 0, moment, tmp_path / str(moment)
        with pytest.raises(Killed):
            run('toy_epoch', folder, **options)
        armed[0] = False
        latest = find_latest_checkpoint(str(folder))
        if latest is None:  # killed while the very first checkpoint was saved
            assert moment < total / 2
            continue
        assert torch.load(latest, weights_only=True)['meta']['epoch'] >= 1
    # The last of these runs, resumed, leaves what an uninterrupted one leaves.
    limit[0] = 10**9
    run('toy_epoch', folder, '--resume', **options)
    assert checkpoints(folder) == checkpoints(tmp_path / 'count')
    assert checkpoints(folder) == ['epoch_2.pth']
    assert not list(folder.glob('.*'))


def test_file_of_a_killed_run_is_cleared_by_the_next(tmp_path, monkeypatch):
    options = {'train_cfg': {'max_epochs': 3}}
    remove = AtomicLocalBackend.remove

    def killed(self, path):
        raise Killed

    monkeypatch.setattr(AtomicLocalBackend, 'remove', killed)
    with pytest.raises(Killed):
        run('toy_epoch', tmp_path, **options)
    assert checkpoints(tmp_path) == ['epoch_1.pth', 'epoch_2.pth']
    (tmp_path / '.epoch_3.abc.pth').write_bytes(b'half')
    monkeypatch.setattr(AtomicLocalBackend, 'remove', remove)
    run('toy_epoch', tmp_path, '--resume', **options)
    assert checkpoints(tmp_path) == ['epoch_3.pth']
    assert not list(tmp_path.glob('.*'))


def test_best_checkpoint_is_replaced_only_after_a_better_one_is_there(tmp_path, monkeypatch):
    scores = iter([0.2, 0.1, 0.6, 0.4, 0.9, 0.8])
    monkeypatch.setattr(ToyMetric, 'compute_metrics', lambda self, results: {'acc': next(scores)})
    seen = []
    remove = AtomicLocalBackend.remove

    def watched(self, path):
        seen.append((Path(path).name, checkpoints(tmp_path)))
        remove(self, path)

    monkeypatch.setattr(AtomicLocalBackend, 'remove', watched)
    run('toy_epoch', tmp_path, **BEST)
    assert checkpoints(tmp_path) == ['best_acc_epoch_5.pth', 'epoch_6.pth']
    best_removed = [(name, there) for name, there in seen if name.startswith('best')]
    assert [name for name, _ in best_removed] == ['best_acc_epoch_1.pth', 'best_acc_epoch_3.pth']
    for name, there in best_removed:
        assert sum(other.startswith('best') for other in there) == 2, (name, there)


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / 'file.bin'
    backend = AtomicLocalBackend()
    backend.put(b'old', target)
    monkeypatch.setattr(os, 'fsync', lambda handle: (_ for _ in ()).throw(OSError('disk full')))
    with pytest.raises(OSError, match='disk full'):
        backend.put(b'new', target)
    assert target.read_bytes() == b'old'
    assert [path.name for path in tmp_path.iterdir()] == ['file.bin']


def test_written_file_has_the_usual_permissions(tmp_path):
    old = os.umask(0o027)
    try:
        AtomicLocalBackend().put_text('x', tmp_path / 'new' / 'file')
    finally:
        os.umask(old)
    assert (tmp_path / 'new' / 'file').stat().st_mode & 0o777 == 0o640
