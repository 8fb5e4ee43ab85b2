"""Hooks that stop a training or a test which would mean nothing."""

from types import SimpleNamespace

import pytest
import torch
from toy_runs import run

from mmsar.engine.hooks import CheckClassesHook, FiniteLossHook
from mmsar.errors import CheckpointError, ConfigError, TrainingError


def loop(*classes):
    dataset = SimpleNamespace(metainfo={'classes': classes})
    return SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset))


def runner(**changes):
    default = {'train_loop': None, 'val_loop': None, 'test_loop': None, '_resume': False}
    return SimpleNamespace(_load_from='a.pth', **{**default, **changes})


def trained_on(*classes):
    return {'meta': {'dataset_meta': {'classes': classes}}}


def test_training_and_validation_must_have_the_same_classes():
    hook = CheckClassesHook()
    hook.before_train(runner(train_loop=loop('a', 'b'), val_loop=loop('a', 'b')))
    hook.before_train(runner(train_loop=loop('a', 'b')))
    with pytest.raises(ConfigError, match='a, b, the validation data b, a'):
        hook.before_train(runner(train_loop=loop('a', 'b'), val_loop=loop('b', 'a')))


@pytest.mark.parametrize('where', [{'test_loop': loop('b', 'a')},
                                   {'train_loop': loop('b', 'a'), '_resume': True}])  # fmt: skip
def test_a_checkpoint_of_other_classes_is_refused(where):
    hook = CheckClassesHook()
    hook.after_load_checkpoint(runner(**where), trained_on('b', 'a'))
    hook.after_load_checkpoint(runner(**where), {'state_dict': {}})
    with pytest.raises(CheckpointError, match='trained on the classes a, b; the data have b, a'):
        hook.after_load_checkpoint(runner(**where), trained_on('a', 'b'))


def test_weights_to_start_from_may_have_other_classes():
    hook = CheckClassesHook()
    hook.after_load_checkpoint(runner(train_loop=loop('b', 'a')), trained_on('a', 'b'))


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_a_loss_that_is_no_number_ends_the_training(value):
    hook = FiniteLossHook(interval=2)
    state = SimpleNamespace(iter=1)
    hook.after_train_iter(state, 1, outputs={'loss': torch.tensor(1.0)})
    state.iter = 2
    hook.after_train_iter(state, 2, outputs={'loss': torch.tensor(value)})  # not looked at
    with pytest.raises(TrainingError, match='near iteration 2'):
        hook.before_save_checkpoint(state, {})
    state.iter = 3
    with pytest.raises(TrainingError, match='near iteration 3'):
        hook.after_train_iter(state, 3, outputs={'loss': torch.tensor(value)})


def test_a_diverged_training_leaves_no_checkpoint_of_it(tmp_path):
    with pytest.raises(TrainingError, match=r'optimizer\.lr'):
        run('toy_epoch', tmp_path, optim_wrapper={'optimizer': {'lr': 1e30}})
    assert not list(tmp_path.glob('*.pth'))


def test_a_new_run_forgets_the_checkpoint_of_an_old_one(tmp_path):
    run('toy_epoch', tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run('toy_epoch', tmp_path, custom_hooks=[{'type': 'StopHook', 'at': 2}])
    with pytest.raises(ConfigError, match='which is the last'):
        run('toy_epoch', tmp_path, '--resume')
