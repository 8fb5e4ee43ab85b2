"""Optimisers of parts of a model, and what is in checkpoints beside its weights."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mmsar.engine.hooks import TrainingStateHook
from mmsar.engine.optimizers import PartOptimisers
from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.translation.image_pool import ImagePool

ADAM = {'optimizer': {'type': 'Adam', 'lr': 1e-3}}


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(2, 2), nn.Linear(2, 1)
        self.pool = ImagePool(3)

    def training_state(self):
        return {'pool': self.pool.state()}

    def load_training_state(self, state):
        self.pool.load_state(state['pool'])


def test_each_part_has_its_optimiser():
    model = Model()
    slow = {'optimizer': {'type': 'SGD', 'lr': 0.5}, 'clip_grad': {'max_norm': 1}}
    found = PartOptimisers({'one': ADAM, 'two': slow})(model)
    assert list(found.keys()) == ['one', 'two']
    for name, rate in (('one', 1e-3), ('two', 0.5)):
        (group,) = found[name].optimizer.param_groups
        assert group['lr'] == rate
        assert {id(w) for w in group['params']} == {
            id(w) for w in getattr(model, name).parameters()
        }
    assert found['two'].clip_grad_kwargs == {'max_norm': 1}


@pytest.mark.parametrize(
    ('parts', 'message'),
    [
        ({'one': ADAM}, 'has no part for 2 weights of Model, such as two.weight'),
        ({'one': ADAM, 'three': ADAM}, 'three is for no part of Model; it has one, two'),
        ({'one': ADAM, 'two': 3}, 'two is for no part'),
        ({'one': {**ADAM, 'accumulative_counts': 2}, 'two': ADAM}, 'are not accumulated'),
        ({'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic', 'one': ADAM}, 'without --amp'),
    ],
)
def test_wrong_parts_are_refused(parts, message):
    with pytest.raises(ConfigError, match=message):
        PartOptimisers(parts)(Model())
    with pytest.raises(ConfigError, match='belongs into a part'):
        PartOptimisers({'one': ADAM}, {'bias_lr_mult': 2})
    shared = Model()
    shared.two = shared.one
    with pytest.raises(ConfigError, match='one and two share weights'):
        PartOptimisers({'one': ADAM, 'two': ADAM})(shared)


def test_a_resumed_run_needs_its_state():
    model, hook = Model(), TrainingStateHook()
    model.pool.query(torch.rand(2, 1, 4, 4))
    runner = SimpleNamespace(model=model, _resume=True, _load_from='a.pth')
    checkpoint = {}
    hook.before_save_checkpoint(runner, checkpoint)
    runner.model = Model()
    hook.after_load_checkpoint(runner, checkpoint)
    assert torch.equal(runner.model.pool.state(), model.pool.state())
    with pytest.raises(CheckpointError, match=r'a\.pth has no training_state of Model.*load_from'):
        hook.after_load_checkpoint(runner, {})
    runner._resume = False  # a migration, or weights to start from
    hook.after_load_checkpoint(runner, {})
    runner.model = nn.Linear(1, 1)
    hook.before_save_checkpoint(runner, plain := {})
    assert plain == {}
