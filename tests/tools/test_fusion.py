"""Detectors and classifiers of pairs train through the command a user gives."""

import json
from pathlib import Path

import pytest
import test as test_tool
import torch
import train
from dataset_converters import label_patches
from model_converters import publish_backbone
from toy_runs import write_config

from mmsar.apis import load_config
from mmsar.errors import CheckpointError
from mmsar.registry import MODELS

BRIDGE = Path(__file__).parent.parent.parent / 'configs/bridge'
ONE_PROCESS = {'num_workers': 0, 'persistent_workers': False}
NARROW = {'base_channels': 16}


def small(folder, base, widths, **settings):
    """Write a config of one epoch of two iterations with narrow backbones."""
    backbone = {'sar': NARROW, 'optical': NARROW, 'channels': widths}
    settings['model'] = {'backbone': backbone, **settings.get('model', {})}
    loaders = {f'{name}_dataloader': ONE_PROCESS for name in ('val', 'test')}
    epochs = {'max_epochs': 1, 'val_interval': 1}
    return str(
        write_config(
            folder / 'small.py', BRIDGE / base, **{**loaders, 'train_cfg': epochs, **settings}
        )
    )


def lines(folder):
    (scalars,) = folder.glob('*/vis_data/scalars.json')
    return [json.loads(line) for line in scalars.read_text().splitlines()]


def test_a_detector_of_pairs_from_a_bridge_network(tmp_path, scenes):
    torch.manual_seed(5)
    config = load_config(BRIDGE / 'bridge_r18-slim_ports.py')
    for name in ('sar', 'optical'):
        branch = config.model[f'{name}_branch']
        branch.backbone.base_channels, branch.head.in_channels = 16, 128
    network = MODELS.build(config.model)
    meta = {'epoch': 20, 'cfg': config.pretty_text}
    torch.save({'state_dict': network.state_dict(), 'meta': meta}, tmp_path / 'bridge.pth')
    options = [f'data_root={scenes}']
    for name in ('sar', 'optical'):
        out = str(tmp_path / f'{name}.pth')
        publish_backbone.main([str(tmp_path / 'bridge.pth'), out, '--branch', name])
        options.append(f'model.backbone.branch_init.{name}={out}')
    path = small(
        tmp_path,
        'faster-rcnn_r18-slim-fusion-cross-attention_fpn_ports.py',
        [32, 64, 128],
        model={'neck': {'in_channels': [32, 64, 128]}},
        train_dataloader={'batch_size': 2, **ONE_PROCESS},
        optim_wrapper={'optimizer': {'lr': 0.0}},
    )
    folder = tmp_path / 'work'
    train.main([path, '--work-dir', str(folder), '--cfg-options', *options])
    log = lines(folder)
    assert 'coco/bbox_mAP_50' in log[-1]
    # With a learning rate of 0, what it started from is still there.
    weights = torch.load(folder / 'epoch_1.pth')['state_dict']
    for name in ('sar', 'optical'):
        wanted = getattr(network, f'{name}_branch').backbone.state_dict()
        assert all(torch.equal(weights[f'backbone.{name}.{k}'], v) for k, v in wanted.items())
    assert list(folder.glob('*/vis_data/vis_image/val_*.png'))
    wrong = 'model.data_preprocessor.optical.mean=[0,0,0]'
    with pytest.raises(CheckpointError, match=r'set model\.data_preprocessor\.optical\.mean=\[123'):
        train.main([path, '--work-dir', str(tmp_path / 'b'), '--cfg-options', *options, wrong])


def test_a_classifier_of_pairs(tmp_path, scenes):
    label_patches.main([str(scenes), str(tmp_path / 'patches'), '--size', '32'])
    path = small(
        tmp_path,
        'r18-slim-fusion-concat_ports-patches.py',
        [128],
        model={'head': {'in_channels': 128}},
        train_dataloader={'batch_size': 16, **ONE_PROCESS},
    )
    data = ['--cfg-options', f'data_root={tmp_path / "patches"}']
    train.main([path, '--work-dir', str(tmp_path / 'work'), *data])
    assert 0 <= lines(tmp_path / 'work')[-1]['accuracy/top1'] <= 100
    before = torch.load(tmp_path / 'work' / 'epoch_1.pth')['state_dict']
    assert before['backbone.fusion.0.conv.weight'].shape == (128, 256, 1, 1)
    test_tool.main([path, str(tmp_path / 'work'), '--work-dir', str(tmp_path / 'test'), *data])
    metrics = json.loads((tmp_path / 'test' / 'test_results.json').read_text())['metrics']
    assert {'accuracy/top1', 'single-label/recall'} <= metrics.keys()
