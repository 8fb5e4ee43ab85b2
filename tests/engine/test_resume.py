"""A run that was killed and resumed ends with the weights of an uninterrupted one."""

import random
from pathlib import Path

import pytest
from kill import kill_after_next_checkpoint
from toy_runs import equal, run, write_config

from mmsar.errors import ConfigError


def stop(name: str, folder: Path, at: int, **settings):
    with pytest.raises(KeyboardInterrupt):
        run(name, folder, custom_hooks=[{'type': 'StopHook', 'at': at}], **settings)


def stop_and_resume(name: str, folder: Path, at: int, **settings):
    stop(name, folder, at, **settings)
    return run(name, folder, '--resume', **settings)


def workers(number: int) -> dict[str, object]:
    return {'train_dataloader': {'num_workers': number, 'persistent_workers': number > 0}}


@pytest.mark.parametrize('name', ['toy_epoch', 'toy_iter'])
def test_stopped_and_resumed_is_bitwise_equal(tmp_path, name):
    whole = run(name, tmp_path / 'whole')
    assert equal(whole, run(name, tmp_path / 'two', **workers(2)))
    for at, number in ((7, 0), (23, 2)):
        resumed = stop_and_resume(name, tmp_path / f'resumed{at}', at, **workers(number))
        assert equal(whole, resumed)
    other_seed = run(name, tmp_path / 'seed', randomness={'seed': 1})
    assert not equal(whole, other_seed)


@pytest.mark.parametrize('number', [0, 2])
def test_epoch_loop_resumes_inside_an_epoch(tmp_path, number):
    settings = {'default_hooks': {'checkpoint': {'by_epoch': False, 'interval': 3}}}
    settings |= workers(number)
    whole = run('toy_epoch', tmp_path / 'whole', **settings)
    assert equal(whole, stop_and_resume('toy_epoch', tmp_path / 'resumed', 14, **settings))


@pytest.mark.parametrize('number', [0, 2])
def test_grouping_by_aspect_ratio_resumes(tmp_path, number):
    grouped = {
        'type': 'mmsar.ResumableBatchSampler',
        'batch_sampler': {'type': 'mmdet.AspectRatioBatchSampler'},
    }
    settings = workers(number)
    settings['train_dataloader']['batch_sampler'] = grouped
    whole = run('toy_iter', tmp_path / 'whole', **settings)
    assert equal(whole, stop_and_resume('toy_iter', tmp_path / 'resumed', 14, **settings))


@pytest.mark.parametrize('seed', [None, 1])
def test_a_resumed_run_keeps_its_seed(tmp_path, seed):
    randomness = {'randomness': {'seed': seed}}
    for name in ('toy_epoch', 'toy_iter'):
        stop(name, tmp_path / name, 14)
        resumed = run(name, tmp_path / name, '--resume', **randomness)
        assert equal(run(name, tmp_path / 'whole'), resumed)


@pytest.mark.parametrize(
    ('name', 'settings', 'message'),
    [
        ('toy_epoch', {'train_dataloader': {'sampler': {'infinite': True}}}, 'leave out infinite'),
        ('toy_iter', {'train_cfg': {'type': 'IterBasedTrainLoop'},
                      'train_dataloader': {'sampler': {'infinite': False}}}, 'IterTrainLoop'),
        ('toy_epoch', {'train_dataloader': {'batch_size': 100, 'batch_sampler': {
            'drop_last': True}}}, 'do not fill one batch'),
    ],
)  # fmt: skip
def test_a_loop_that_does_not_fit_is_refused(tmp_path, name, settings, message):
    with pytest.raises(ConfigError, match=message):
        run(name, tmp_path, **settings)


def test_another_batch_size_at_an_epoch_boundary_skips_nothing(tmp_path):
    from toy import ToyDataset

    stop('toy_epoch', tmp_path, at=16)  # the checkpoint is of epoch 3, iteration 15
    loaded = []
    prepare = ToyDataset.prepare_data
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ToyDataset, 'prepare_data', lambda self, i: (loaded.append(i), prepare(self, i))[1]
        )
        run('toy_epoch', tmp_path, '--resume', train_dataloader={'batch_size': 5})
    assert len(loaded) == 3 * 10


def test_skipped_batches_are_not_loaded(tmp_path, monkeypatch):
    from toy import ToyDataset

    stop('toy_iter', tmp_path, at=28)
    loaded = []
    prepare = ToyDataset.prepare_data
    monkeypatch.setattr(
        ToyDataset, 'prepare_data', lambda self, i: (loaded.append(i), prepare(self, i))[1]
    )
    run('toy_iter', tmp_path, '--resume')
    assert len(loaded) == 2 * (30 - 27)  # batch size 2, from checkpoint 27 to iteration 30


def slow(name: str, folder: Path, number: int) -> Path:
    """Write a toy config whose steps take 50 ms."""
    return write_config(folder / 'slow.py', name, model={'delay': 0.05}, **workers(number))


@pytest.mark.parametrize(('name', 'number'), [('toy_epoch', 2), ('toy_iter', 0)])
def test_killed_process_resumes(tmp_path, name, number):
    whole = run(name, tmp_path / 'whole')
    folder = tmp_path / 'killed'
    kill_after_next_checkpoint(slow(name, folder, number), folder, 0.1)
    assert equal(whole, run(name, folder, '--resume', **workers(number)))


@pytest.mark.slow
@pytest.mark.parametrize('number', [0, 2])
@pytest.mark.parametrize('name', ['toy_epoch', 'toy_iter'])
def test_killed_at_five_random_moments(tmp_path, name, number):
    whole = run(name, tmp_path / 'whole')
    folder = tmp_path / 'killed'
    config = slow(name, folder, number)
    for _ in range(5):
        kill_after_next_checkpoint(config, folder, random.uniform(0, 0.15))
    # Not finished: all five kills hit a run under way.
    assert not (folder / 'rank0.pth').exists()
    assert equal(whole, run(name, folder, '--resume', **workers(number)))
