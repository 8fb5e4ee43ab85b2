import pytest
import torch
from toy_runs import run

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
