"""timm's Darknet-53 under mmdet's names computes the same."""

import pytest
import torch
from model_converters import darknet53_from_timm as tool

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.backbones import from_timm
from mmsar.models.backbones.darknet53_weights import timm_name

timm = pytest.importorskip('timm')


@pytest.fixture(scope='module')
def network():
    """timm's network with random weights and random statistics."""
    torch.manual_seed(0)
    model = timm.create_model('darknet53').eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            # The last of a block starts at zero, which would hide the block.
            module.weight.data.uniform_(0.5, 1)
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    return model


@pytest.fixture(scope='module')
def weights(network):
    return network.state_dict()


def timm_features(network, image):
    with torch.no_grad():
        features = [network.stem(image)]
        for stage in network.stages:
            features.append(stage(features[-1]))
    return features[3:]


def mmdet_features(weights, slope, image):
    from mmdet.models.backbones import Darknet

    model = Darknet(depth=53, act_cfg={'type': 'LeakyReLU', 'negative_slope': slope})
    model.load_state_dict(weights, strict=True)
    model.eval()
    with torch.no_grad():
        return model(image)


def test_the_converted_network_computes_the_same(tmp_path, network, weights, capsys):
    from safetensors.torch import save_file

    save_file(weights, tmp_path / 'timm.safetensors')
    out = tmp_path / 'new' / 'darknet53_timm.pth'
    tool.main([str(out), '--weights', str(tmp_path / 'timm.safetensors')])
    assert '312 weights' in capsys.readouterr().out
    checkpoint = torch.load(out, weights_only=True)
    assert checkpoint['meta'] == {
        'source': "timm's darknet53, timm.safetensors",
        'mean': [123.675, 116.28, 103.53],
        'std': [58.395, 57.12, 57.375],
        'channel_order': 'rgb',
        'negative_slope': 0.01,
        'licence': 'apache-2.0',
    }
    image = torch.randn(1, 3, 64, 64)
    theirs = timm_features(network, image)
    ours = mmdet_features(checkpoint['state_dict'], 0.01, image)
    assert [tuple(f.shape[1:]) for f in ours] == [(256, 8, 8), (512, 4, 4), (1024, 2, 2)]
    for mine, other in zip(ours, theirs, strict=True):
        assert other.std() > 0.01
        torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-5)
    steeper = mmdet_features(checkpoint['state_dict'], 0.1, image)
    assert all((a - b).abs().max() > 0.1 for a, b in zip(steeper, theirs, strict=True))


@pytest.mark.parametrize(
    ('key', 'name'),
    [
        ('conv1.bn.weight', 'stem.conv1.bn.weight'),
        ('conv_res_block1.conv.conv.weight', 'stages.0.conv_down.conv.weight'),
        ('conv_res_block4.res7.conv2.bn.bias', 'stages.3.blocks.7.conv2.bn.bias'),
    ],
)
def test_names(key, name):
    assert timm_name(key) == name


def test_counters_and_classifier_may_be_missing(weights):
    bare = {k: v for k, v in weights.items() if 'num_batches' not in k and 'head' not in k}
    assert len(from_timm(bare, 'x')) == 312


def changed(weights, **changes):
    weights = {**weights, **{key.replace('__', '.'): value for key, value in changes.items()}}
    return {key: value for key, value in weights.items() if value is not None}


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'stem__conv1__conv__weight': None}, r'x is not .*: 1 missing: stem\.conv1\.conv\.weight'),
        ({'stem__aa__filt': torch.zeros(1)}, r': 1 unknown: stem\.aa\.filt$'),
        (
            {'stages__2__blocks__5__conv1__bn__weight': torch.zeros(5)},
            r'1 of another shape: stages\.2\.blocks\.5\.conv1\.bn\.weight \(5,\) instead of \(128',
        ),
    ],
)
def test_a_weight_that_does_not_fit_is_named(weights, changes, message):
    with pytest.raises(CheckpointError, match=message):
        from_timm(changed(weights, **changes), 'x')


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        (
            'a.pth',
            {'state_dict': {'layer1.0.conv1.weight': torch.zeros(3)}},
            r'260 missing: stem.*; 1 unknown: layer1',
        ),
        ('a.pt', [torch.zeros(3)], r'a\.pt holds no weights by name'),
        ('a.pth', {'epoch': 3}, r'a\.pth holds no weights by name'),
        ('a.bin', {}, r'must end in \.safetensors'),
        ('a.safetensors', {}, r'a\.safetensors is truncated or not a safetensors file'),
    ],
)
def test_a_wrong_file_is_named(tmp_path, name, content, message):
    torch.save(content, tmp_path / name)
    with pytest.raises(CheckpointError, match=message):
        tool.main([str(tmp_path / 'out.pth'), '--weights', str(tmp_path / name)])
    assert not (tmp_path / 'out.pth').exists()


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_a_missing_file_is_named(tmp_path, suffix):
    with pytest.raises(CheckpointError, match=rf'no\.{suffix} does not exist'):
        tool.main([str(tmp_path / 'out.pth'), '--weights', f'no.{suffix}'])


def test_without_network_it_says_what_to_fetch(tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise ConnectionError('no route\nto the host')

    monkeypatch.setattr(timm, 'create_model', fail)
    with pytest.raises(
        CheckpointError, match=r'no route\n.*model\.safetensors.*\n.*--weights FILE'
    ):
        tool.main([str(tmp_path / 'out.pth')])
    with pytest.raises(ConfigError, match=r'must end in \.pth'):
        tool.main([str(tmp_path / 'out.bin')])
