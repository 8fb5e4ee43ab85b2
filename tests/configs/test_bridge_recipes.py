"""Configs of bridge networks, and of detectors that start from one (paper, section 4.2.1)."""

from pathlib import Path

import pytest
from mmengine.registry import MODELS, init_default_scope

from mmsar.apis import load_config

CONFIGS = Path(__file__).parent.parent.parent / 'configs'
BRIDGE = CONFIGS / 'bridge'
PAPER = [BRIDGE / f'bridge_{name}_1xb20-200e_qxs-saropt.py' for name in ('r50', 'd53')]
DETECTORS = sorted(BRIDGE.glob('*_bridge_*.py'))


@pytest.mark.parametrize('path', PAPER, ids=lambda path: path.stem)
def test_the_paper_s_schedule(path):
    config = load_config(path)
    assert config.train_cfg.max_epochs == 200
    assert config.optim_wrapper.optimizer == {
        'type': 'SGD',
        'lr': 0.01,
        'momentum': 0,
        'weight_decay': 0,
    }
    (steps,) = config.param_scheduler
    assert (steps.type, steps.milestones, steps.gamma) == ('MultiStepLR', [30, 100], 0.5)
    assert config.train_dataloader.batch_size == 20
    assert config.train_dataloader.batch_sampler.global_batch
    # As many negatives as pairs, drawn one by one.
    data = config.train_dataloader.dataset.dataset
    assert (data.type, data.protocol, 'negatives' in data) == ('mmsar.QXSSAROPT', '16k4k', False)
    assert (config.model.loss.alpha, config.model.sar_branch.head.out_channels) == (1.0, 50)


@pytest.mark.parametrize('path', PAPER, ids=lambda path: path.stem)
def test_statistics_of_batch_normalisation_train(path):
    config = load_config(path)
    init_default_scope('mmsar')
    model = MODELS.build(config.model).train()
    norms = [m for m in model.modules() if type(m).__name__ == 'BatchNorm2d']
    assert norms
    assert all(norm.training and norm.weight.requires_grad for norm in norms)


@pytest.mark.parametrize(
    ('name', 'train', 'test'),
    [
        ('qxs-saropt-4k', 4000, 4000),
        ('qxs-saropt-8k', 8000, 4000),
        ('qxs-saropt-14k6k', 14000, 6000),
    ],
)
def test_other_sizes_of_the_training_set(name, train, test):
    from mmsar.datasets.pairs.qxs_saropt import qxs_members

    config = load_config(BRIDGE / f'bridge_r50_1xb20-200e_{name}.py')
    data = config.train_dataloader.dataset.dataset
    assert len(qxs_members(data.split, data.protocol, data.train_size)) == train
    data = config.test_dataloader.dataset
    assert len(qxs_members(data.split, data.protocol)) == test


def test_all_detectors_have_a_config():
    assert len(DETECTORS) == 8


@pytest.mark.parametrize('path', DETECTORS, ids=lambda path: path.stem)
def test_detectors_differ_by_their_start_alone(path):
    config = load_config(path)
    folder = 'yolov3' if path.stem.startswith('yolov3') else 'faster_rcnn'
    other = load_config(CONFIGS / folder / path.name.replace('_bridge', ''))
    start = config.model.backbone.init_cfg
    assert start.checkpoint.startswith('checkpoints/bridge_')
    config.model.backbone.init_cfg = other.model.backbone.init_cfg
    assert config._cfg_dict == other._cfg_dict


def test_controls_differ_by_their_data_alone():
    settings = ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg', 'randomness')
    config = load_config(BRIDGE / 'bridge_r18-slim_ports.py')
    for name in ('shuffled', 'sar-only'):
        control = load_config(BRIDGE / f'bridge_r18-slim_{name}_ports.py')
        assert {key: control[key] for key in settings} == {key: config[key] for key in settings}
        assert control.train_dataloader != config.train_dataloader
    assert control.train_dataloader.dataset.dataset.data_prefix.optical == 'images/'
