from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseModule, ImgDataPreprocessor
from torch import nn

from mmsar.apis import load_config
from mmsar.datasets.transforms import LoadSARImage
from mmsar.engine.hooks import CheckNormalisationHook
from mmsar.errors import CheckpointError

ROOT = Path(__file__).parents[2]
IMAGENET = {'mean': [123.675, 116.28, 103.53], 'std': [58.395, 57.12, 57.375]}
META = {**IMAGENET, 'channel_order': 'rgb', 'negative_slope': 0.01}


class LoadImageFromFile:
    """Stands for mmcv's loader, which gives blue, green, red."""


def dataset(loader):
    """A data set within a wrapper, as a runner has it."""
    pipeline = SimpleNamespace(transforms=[loader, nn.Identity()])
    return SimpleNamespace(dataset=SimpleNamespace(pipeline=pipeline))


def check(tmp_path, meta, slope=0.01, loader=None, init_cfg=None, legacy=False, **preprocessor):
    """Run the hook on a backbone within a model, with weights of this meta."""
    path = tmp_path / 'weights.pth'
    torch.save(
        {'state_dict': {'0.weight': torch.zeros(3)}, **meta},
        path,
        _use_new_zipfile_serialization=not legacy,
    )
    model = nn.Module()
    model.data_preprocessor = ImgDataPreprocessor(**preprocessor)
    model.neck = nn.LeakyReLU(0.1)  # has no pre-trained weights, so any slope will do
    model.backbone = BaseModule(init_cfg or {'type': 'Pretrained', 'checkpoint': str(path)})
    model.backbone.act = nn.Sequential(nn.LeakyReLU(slope))
    loader = SimpleNamespace(dataset=dataset(loader or LoadSARImage()))
    CheckNormalisationHook().before_train(SimpleNamespace(model=model, train_dataloader=loader))


def test_what_agrees_passes(tmp_path):
    check(tmp_path, {'meta': META}, **IMAGENET)
    check(tmp_path, {'meta': META}, loader=LoadImageFromFile(), bgr_to_rgb=True, **IMAGENET)
    check(tmp_path, {'meta': {'mean': [0, 0, 0], 'std': [1, 1, 1]}})
    check(tmp_path, {'meta': {'mean': [9], 'std': [2]}}, mean=[9] * 3, std=[2] * 3)


@pytest.mark.parametrize('meta', [{}, {'meta': None}, {'meta': {'epoch': 3}}])
def test_a_meta_that_says_nothing_is_not_checked(tmp_path, meta):
    check(tmp_path, meta, slope=0.5, mean=[0] * 3, std=[255] * 3, bgr_to_rgb=True)


@pytest.mark.parametrize('init_cfg', [
    {'type': 'Kaiming'},
    {'type': 'Pretrained', 'checkpoint': 'torchvision://resnet50'},
])  # fmt: skip
def test_other_weights_are_not_looked_at(tmp_path, init_cfg):
    check(tmp_path, {'meta': META}, slope=0.5, init_cfg=init_cfg)


@pytest.mark.parametrize('legacy', [False, True])
def test_another_normalisation_is_refused(tmp_path, legacy):
    message = (
        r'weights\.pth do not go .*\n'
        r'  mean: .*with \[123\.675, 116\.28, 103\.53\], the model has \[0, 0, 0\]; '
        r'set model\.data_preprocessor\.mean=\[123\.675, 116\.28, 103\.53\]\n'
        r'  std: .*\[58\.395, .*\[255, 255, 255\]; set model\.data_preprocessor\.std=\[58\.395, '
    )
    with pytest.raises(CheckpointError, match=message):
        check(tmp_path, {'meta': META}, legacy=legacy, mean=[0] * 3, std=[255] * 3)


def test_no_normalisation_is_one_too(tmp_path):
    with pytest.raises(CheckpointError, match=r'the model has \[0\].*\n.*the model has \[1\]'):
        check(tmp_path, {'meta': META})


@pytest.mark.parametrize(
    ('loader', 'order', 'flips', 'message'),
    [
        (LoadSARImage(), 'rgb', {'bgr_to_rgb': True}, r'on RGB, .* BGR; set bgr_to_rgb=False, rgb'),
        (LoadSARImage(), 'bgr', {}, r'on BGR, .* gets RGB; set rgb_to_bgr=True in model\.data_pre'),
        (LoadImageFromFile(), 'rgb', {}, r'on RGB, .* gets BGR; set bgr_to_rgb=True in'),
    ],
)
def test_another_order_of_channels_is_refused(tmp_path, loader, order, flips, message):
    with pytest.raises(CheckpointError, match=message):
        check(tmp_path, {'meta': {'channel_order': order}}, loader=loader, **flips)


def test_an_unknown_loader_gives_no_order(tmp_path):
    check(tmp_path, {'meta': META}, loader=nn.Identity(), bgr_to_rgb=True, **IMAGENET)


def test_another_slope_is_refused(tmp_path):
    message = r'slope 0\.01, model\.backbone has 0\.1; set model\.backbone\.act_cfg=dict\(type='
    with pytest.raises(CheckpointError, match=message):
        check(tmp_path, {'meta': META}, slope=0.1, **IMAGENET)


def test_every_config_has_the_hook():
    config = load_config(ROOT / 'configs/_base_/default_runtime.py')
    assert config.default_hooks.normalisation.type == 'mmsar.CheckNormalisationHook'


def test_the_other_branch_is_refused(tmp_path):
    torch.save({'state_dict': {}, 'meta': {'branch': 'optical'}}, tmp_path / 'optical.pth')
    model = nn.Module()
    model.sar_branch = BaseModule(
        {'type': 'Pretrained', 'checkpoint': str(tmp_path / 'optical.pth')}
    )
    runner = SimpleNamespace(model=model, train_dataloader=None)
    with pytest.raises(CheckpointError, match=r'optical branch, model\.sar_branch is the sar one'):
        CheckNormalisationHook().before_train(runner)
    model.optical, model.sar_branch = model.sar_branch, None
    CheckNormalisationHook().before_train(runner)
