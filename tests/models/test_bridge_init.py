"""What the branches of a bridge network start from."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from toy_bridge import BACKBONE, base_model, small_model

from mmsar.apis.model_config import require_init_checkpoints
from mmsar.engine.hooks import CheckNormalisationHook
from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.matching.branch_init import DARKNET53, backbone_init
from mmsar.registry import MODELS

R18 = {'type': 'mmdet.ResNet', 'depth': 18}
D53 = {'type': 'mmdet.Darknet', 'depth': 53}


def pretrained(checkpoint, **more):
    return {'type': 'Pretrained', 'checkpoint': str(checkpoint), **more}


@pytest.fixture(scope='module')
def weights():
    """State dict of a narrow ResNet-18 for colour, with statistics of its own."""
    torch.manual_seed(1)
    backbone = MODELS.build(BACKBONE)
    for module in backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return backbone.state_dict()


def test_settings():
    resnet, darknet = pretrained('torchvision://resnet18'), pretrained(DARKNET53)
    part = pretrained('a.pth', prefix='b.')
    kaiming = {'type': 'Kaiming', 'layer': 'Conv2d'}
    for setting, sar, optical in (
        ('imagenet', resnet, darknet),
        (None, None, None),
        ('a.pth', pretrained('a.pth'), pretrained('a.pth')),
        (part, part, part),
        ({'optical': 'imagenet', 'sar': 'a.pth'}, pretrained('a.pth'), darknet),
        ({'sar': kaiming}, kaiming, None),
    ):
        found = backbone_init(setting, {'sar': R18, 'optical': D53})
        assert found == {'sar': sar, 'optical': optical}, setting


def test_wrong_settings_are_named():
    for setting, sar, message in (
        ({'radar': None}, R18, r"names \['radar'\]; give sar and optical"),
        ({}, R18, r'names nothing'),
        (3, R18, r'3 for the sar branch; give'),
        ('imagenet', {**R18, 'style': 'caffe'}, r"ResNet\(depth=18, style='caffe'\) of the sar"),
        ('imagenet', {'type': 'mmdet.SwinTransformer'}, r'for SwinTransformer\(\)'),
        ('imagenet', {**R18, 'init_cfg': pretrained('x')}, r'backbone\.init_cfg and branch_init'),
    ):
        with pytest.raises(ConfigError, match=message):
            backbone_init(setting, {'sar': sar, 'optical': D53})


def test_both_branches_start_the_same(tmp_path, weights):
    torch.save({'state_dict': weights}, tmp_path / 'r18.pth')
    model = MODELS.build(small_model(branch_init=str(tmp_path / 'r18.pth')))
    model.init_weights()
    for branch in (model.sar_branch, model.optical_branch):
        found = branch.backbone.state_dict()
        assert found.keys() == weights.keys()
        assert all(torch.equal(found[key], value) for key, value in weights.items())
    # The hook that checks is gone: other loads are as strict as they say.
    assert not model.sar_branch.backbone._load_state_dict_pre_hooks


def test_random_weights_differ():
    model = MODELS.build(small_model())
    model.init_weights()
    sar, optical = model.sar_branch.backbone, model.optical_branch.backbone
    assert not torch.equal(sar.conv1.weight, optical.conv1.weight)


def test_one_channel_is_three_equal_ones(tmp_path, weights):
    # As torchvision's files are: no counters, but a classifier.
    bare = {key: value for key, value in weights.items() if 'num_batches' not in key}
    torch.save({**bare, 'fc.weight': torch.zeros(2, 2)}, tmp_path / 'r18.pth')
    model = MODELS.build(
        small_model(
            sar_branch__backbone__in_channels=1,
            data_preprocessor__sar={'mean': [110.0], 'std': [57.0], 'channels': 1},
            branch_init=str(tmp_path / 'r18.pth'),
        )
    ).eval()
    model.init_weights()
    grey = torch.randn(1, 1, 64, 64)
    stem = model.sar_branch.backbone.conv1.weight
    assert stem.shape == (8, 1, 7, 7)
    mine, other = (
        branch.backbone(image)[-1]
        for branch, image in (
            (model.sar_branch, grey),
            (model.optical_branch, grey.expand(-1, 3, -1, -1)),
        )
    )
    assert other.std() > 0.01
    torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda w: w.pop('layer4.1.bn2.running_var'), r'1 missing: layer4\.1\.bn2\.running_var\.'),
        (
            lambda w: w.update({'conv1.weight': torch.zeros(8, 3, 3, 3)}),
            r'1 of another shape: conv1\.weight \(8, 3, 3, 3\) instead of \(8, 3, 7, 7\)',
        ),
        (
            lambda w: [w.__setitem__(f'backbone.{key}', w.pop(key)) for key in list(w)],
            r'100 missing: conv1\.weight, .*name the part: .*prefix=',
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, weights, change, message):
    weights = dict(weights)
    change(weights)
    torch.save({'state_dict': weights}, tmp_path / 'r18.pth')
    model = MODELS.build(small_model(branch_init=str(tmp_path / 'r18.pth')))
    with pytest.raises(CheckpointError, match=message):
        model.init_weights()
    assert not model.sar_branch.backbone._load_state_dict_pre_hooks


def test_missing_files_are_named_before_the_model_is_built():
    gone = r"model\.branch_init\.checkpoint: file 'gone\.pth' .*set model\.branch_init=None"
    for setting, message in (
        ('imagenet', None),
        (None, None),
        ({'sar': 'gone.pth'}, gone),
        (pretrained('gone.pth'), gone),
    ):
        config = Config({'model': {**base_model('bridge_r18'), 'branch_init': setting}})
        if message is None:
            require_init_checkpoints(config)
        else:
            with pytest.raises(ConfigError, match=message):
                require_init_checkpoints(config)


def test_darknets_file_is_named_with_its_command(tmp_path, monkeypatch):
    config = Config({'model': base_model('bridge_d53')})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r'python tools/model_converters/darknet53_from_timm\.py'):
        require_init_checkpoints(config)


@pytest.mark.parametrize('branch', ['sar', 'optical'])
def test_each_branchs_normalisation_is_compared_with_its_weights(tmp_path, weights, branch):
    meta = {'mean': [10.0, 20.0, 30.0], 'std': [1.0, 2.0, 3.0]}
    torch.save({'state_dict': weights, 'meta': meta}, tmp_path / 'r18.pth')
    settings = {'branch_init': {branch: str(tmp_path / 'r18.pth')}}
    message = (
        rf'mean: .*\[10, 20, 30\], the model has \[123.675, 116.28, 103.53\]; '
        rf'set model\.data_preprocessor\.{branch}\.mean=\[10, 20, 30\]'
    )
    with pytest.raises(CheckpointError, match=message):
        check_normalisation(**settings)
    check_normalisation(**settings, **{f'data_preprocessor__{branch}': meta})


def check_normalisation(**settings):
    model = MODELS.build(small_model(**settings))
    runner = SimpleNamespace(model=model, train_dataloader=SimpleNamespace())
    CheckNormalisationHook().before_train(runner)
