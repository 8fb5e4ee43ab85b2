from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseModule
from torch import nn
from toy_runs import run

from mmsar.engine.hooks import CheckWeightsHook
from mmsar.errors import CheckpointError


@pytest.fixture
def weights(tmp_path):
    run('toy_epoch', tmp_path / 'first', train_cfg={'max_epochs': 1})
    return torch.load(tmp_path / 'first' / 'epoch_1.pth')


def start(tmp_path, checkpoint, *flags):
    torch.save(checkpoint, tmp_path / 'weights.pth')
    return run(
        'toy_epoch',
        tmp_path / 'second',
        *flags,
        load_from=str(tmp_path / 'weights.pth'),
        train_cfg={'max_epochs': 2},
    )


def test_weights_of_another_model_are_refused(tmp_path, weights):
    other = {'state_dict': {'backbone.conv.weight': torch.zeros(3)}}
    with pytest.raises(
        CheckpointError, match=r'weights\.pth does not fit .*\(ToyModel, 7 w.*7 mis'
    ):
        start(tmp_path, other)


def test_training_may_start_from_some_of_the_weights(tmp_path, weights):
    weights['state_dict'].pop('linear.bias')
    start(tmp_path, weights)


def test_resuming_needs_all_weights(tmp_path, weights):
    weights['state_dict']['linear.weight'] = torch.zeros(2, 4)
    torch.save(weights, tmp_path / 'bad.pth')
    with pytest.raises(CheckpointError, match=r'1 of another shape: linear\.weight \(2, 4\)'):
        run('toy_epoch', tmp_path / 'second', '--resume', str(tmp_path / 'bad.pth'))


def begin(tmp_path, weights, **init_cfg):
    """Run the hook before a training whose backbone starts from these weights."""
    torch.save(weights, tmp_path / 'start.pth')
    model = nn.Module()
    model.backbone = BaseModule(
        {'type': 'Pretrained', 'checkpoint': str(tmp_path / 'start.pth'), **init_cfg}
    )
    model.backbone.stem = nn.Conv2d(1, 8, 3)  # 72 + 8 values
    model.backbone.norm = nn.LayerNorm(4)  # 8
    model.backbone.init_weights()
    CheckWeightsHook().before_train(SimpleNamespace(model=model, _resume=False))
    return model.backbone


def test_a_start_may_lack_little(tmp_path):
    stem = {
        'stem.weight': torch.ones(8, 1, 3, 3),
        'stem.bias': torch.ones(8),
        'fc.bias': torch.ones(9),
    }
    assert (begin(tmp_path, {'state_dict': stem}).stem.weight == 1).all()
    begin(tmp_path, {f'module.{name}': weight for name, weight in stem.items()})
    whole = {f'backbone.{name}': weight for name, weight in stem.items()}
    for prefix in ('backbone.', 'backbone'):
        assert (begin(tmp_path, {'state_dict': whole}, prefix=prefix).stem.bias == 1).all()


@pytest.mark.parametrize(
    ('weights', 'share'),
    [
        ({'backbone.stem.weight': torch.ones(8, 1, 3, 3)}, 0),
        ({'stem.weight': torch.ones(8, 3, 3, 3), 'stem.bias': torch.ones(8)}, 9),
        ({'stem.weight': torch.ones(8, 1, 3, 3)}, 82),
    ],
)
def test_a_start_that_has_little_is_refused(tmp_path, weights, share):
    """mmengine would train from random weights and only log it."""
    message = rf'start\.pth has {share}% of the weights of backbone \(BaseModule\): .*prefix='
    with pytest.raises(CheckpointError, match=message):
        begin(tmp_path, {'state_dict': weights})
