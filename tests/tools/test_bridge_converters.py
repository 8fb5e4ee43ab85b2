"""Weights of bridge networks: from the published code, and out to detectors."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS as ALL_MODELS
from model_converters import bridge, publish_backbone
from toy_bridge import ROOT, base_model, small_model

from mmsar.apis import load_config
from mmsar.apis.stored_config import read_stored_config
from mmsar.engine.hooks import CheckNormalisationHook
from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.matching import official_weights
from mmsar.registry import MODELS

IMAGENET = {'mean': [123.675, 116.28, 103.53], 'std': [58.395, 57.12, 57.375]}


class TestFromThePublishedCode:
    @pytest.fixture
    def narrow(self, monkeypatch):
        """Make the published network an eighth as wide, and return its config."""
        full = official_weights.official_config

        def config(out_channels=50):
            config = full(out_channels)
            for branch in ('sar_branch', 'optical_branch'):
                config[branch]['backbone'].update(depth=18, base_channels=8)
                config[branch]['head']['in_channels'] = 64
            return config

        monkeypatch.setattr(official_weights, 'official_config', config)
        return config

    @pytest.fixture
    def weights(self, narrow):
        """The state dict that the published code would save: out_dim 20."""
        torch.manual_seed(0)
        model = MODELS.build({**narrow(20), 'branch_init': None})
        found = {}
        for number, branch in ((1, model.sar_branch), (2, model.optical_branch)):
            for key, value in branch.backbone.state_dict().items():
                found[f'model_{number}.backbone.{key}'] = value
            for theirs, ours in (('conv1', 'conv'), ('fc1', 'fc1'), ('fc2', 'fc2')):
                for kind in ('weight', 'bias'):
                    value = getattr(getattr(branch.head, ours), kind).detach()
                    found[f'model_{number}.{theirs}.{kind}'] = value
        return found

    @pytest.mark.parametrize('first', ['sar', 'optical'])
    def test_every_tensor_finds_its_place(self, tmp_path, narrow, weights, first, capsys):
        torch.save({f'module.{key}': value for key, value in weights.items()}, tmp_path / 'in.pth')
        bridge.main([str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth'), '--first', first])
        count = len(weights)
        text = capsys.readouterr().out
        assert f'coverage: {count} of {count} tensors taken, none left over; {count} of' in text
        checkpoint = torch.load(tmp_path / 'out.pth', weights_only=True)
        model = MODELS.build(narrow(20))
        model.load_state_dict(checkpoint['state_dict'], strict=True)
        branches = [model.sar_branch, model.optical_branch]
        for number, branch in enumerate(branches if first == 'sar' else branches[::-1], start=1):
            assert torch.equal(branch.head.fc2.bias, weights[f'model_{number}.fc2.bias'])
            assert torch.equal(branch.head.conv.weight, weights[f'model_{number}.conv1.weight'])
            key = 'layer3.0.downsample.0.weight'
            mine = branch.backbone.state_dict()[key]
            assert torch.equal(mine, weights[f'model_{number}.backbone.{key}'])
        meta = checkpoint['meta']
        assert {key: meta[key] for key in IMAGENET} == IMAGENET
        assert f'model_1 is the {first} branch' in meta['source']
        stored = read_stored_config(meta['cfg'], 'x')['model']
        assert Config(stored).to_dict() == Config(narrow(20)).to_dict()
        assert 'branch_init' not in stored

    @pytest.mark.parametrize(
        ('change', 'message'),
        [
            (lambda w: w.pop('model_2.fc1.bias'), r'1 missing: model_2\.fc1\.bias$'),
            (
                lambda w: w.update({'model_1.fc3.bias': torch.zeros(1)}),
                r'state dict: 1 left over: model_1\.fc3\.bias$',
            ),
            (
                lambda w: w.update({'model_1.conv1.bias': torch.zeros(3)}),
                r'1 of another shape: model_1\.conv1\.bias \(3,\) instead of \(128,\)',
            ),
            (
                lambda w: [w.pop(key) for key in list(w) if key.startswith('model_2')],
                r'126 missing: model_2\.backbone\.conv1\.weight, ',
            ),
        ],
    )
    def test_a_weight_that_does_not_fit_is_named(self, tmp_path, weights, change, message):
        change(weights)
        torch.save(weights, tmp_path / 'in.pth')
        with pytest.raises(CheckpointError, match=message):
            bridge.main([str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth')])
        assert not (tmp_path / 'out.pth').exists()

    def test_files_that_are_none(self, tmp_path):
        torch.save([torch.zeros(2)], tmp_path / 'list.pth')
        with pytest.raises(CheckpointError, match=r'list\.pth holds no weights by name'):
            bridge.main([str(tmp_path / 'list.pth'), str(tmp_path / 'out.pth')])
        with pytest.raises(CheckpointError, match=r'gone\.pth does not exist'):
            bridge.main([str(tmp_path / 'gone.pth'), str(tmp_path / 'out.pth')])
        with pytest.raises(ConfigError, match=r'must end in \.pth'):
            bridge.main([str(tmp_path / 'list.pth'), str(tmp_path / 'out.bin')])
        # Capitals are no other suffix; the folder is looked at before the input.
        for tool, more in ((bridge, []), (publish_backbone, ['--branch', 'sar'])):
            with pytest.raises(CheckpointError, match=r'list\.pth holds no'):
                tool.main([str(tmp_path / 'list.pth'), str(tmp_path / 'OUT.PTH'), *more])
            with pytest.raises(ConfigError, match=r'OUT .*o\.pth cannot be written'):
                tool.main([str(tmp_path / 'list.pth'), str(tmp_path / 'list.pth/o.pth'), *more])


def test_the_published_config_is_the_one_in_configs():
    config = load_config(ROOT / 'configs/bridge/bridge_r50_official-head_qxs-saropt.py')
    shapes = []
    for model in (config.model, official_weights.official_config()):
        with torch.device('meta'):
            shapes.append({k: v.shape for k, v in MODELS.build(model).state_dict().items()})
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 648


PIPELINE = [
    {'type': 'mmsar.LoadSARImage', 'key': 'sar', 'domain_in': 'amplitude'},
    {'type': 'mmsar.LoadSARImage', 'key': 'optical'},
    {'type': 'mmsar.StretchSAR', 'key': 'sar', 'rule': 'db', 'low': -25, 'high': 5.0},
    {'type': 'mmsar.StretchSAR', 'key': 'optical', 'rule': '8bit'},
]


def trained(tmp_path, cfg=True, **settings):
    """Write a checkpoint as a runner does, and return the model."""
    torch.manual_seed(0)
    config = Config({
        'default_scope': 'mmsar',
        'model': small_model(**settings),
        'train_dataloader': {'dataset': {'dataset': {'pipeline': PIPELINE}}},
    })  # fmt: skip
    model = MODELS.build(config.model)
    meta = {'epoch': 3, 'cfg': config.pretty_text} if cfg else {'epoch': 3}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, tmp_path / 'epoch_3.pth')
    return model


def publish(tmp_path, *flags):
    out = tmp_path / 'backbone.pth'
    publish_backbone.main([str(tmp_path / 'epoch_3.pth'), str(out), *flags])
    return torch.load(out, weights_only=True)


def detector(tmp_path, **preprocessor):
    """Build mmdet's Faster R-CNN on a narrow ResNet-18 that starts from what was published."""
    config = load_config(ROOT / 'configs/_base_/models/faster-rcnn_r50_fpn.py').model
    config.backbone.update(
        depth=18,
        base_channels=8,
        init_cfg={'type': 'Pretrained', 'checkpoint': str(tmp_path / 'backbone.pth')},
    )
    config.neck.in_channels = [8, 16, 32, 64]
    config.data_preprocessor.update(preprocessor)
    return ALL_MODELS.build({**config, '_scope_': 'mmdet'})


class TestToDetectors:
    @pytest.mark.parametrize('branch', ['sar', 'optical'])
    def test_a_detector_starts_from_it(self, tmp_path, branch):
        network = trained(tmp_path)
        checkpoint = publish(tmp_path, '--branch', branch)
        mine = getattr(network, f'{branch}_branch').backbone
        model = detector(tmp_path)
        model.backbone.init_weights()
        # init_cfg took each,
        found = model.backbone.state_dict()
        assert found.keys() == mine.state_dict().keys()
        assert all(torch.equal(found[key], value) for key, value in mine.state_dict().items())
        # none is missing, none unexpected.
        model.backbone.load_state_dict(checkpoint['state_dict'], strict=True)
        image = torch.randn(1, 3, 64, 64)
        network.eval()
        torch.testing.assert_close(model.eval().backbone(image)[-1], mine(image)[-1])
        check(model)

    def test_its_meta_says_what_the_branch_knows(self, tmp_path):
        trained(tmp_path)
        common = {**IMAGENET, 'in_channels': 3, 'channel_order': 'rgb'}
        assert publish(tmp_path, '--branch', 'sar')['meta'] == {
            **common,
            'branch': 'sar',
            'domain': 'amplitude',
            'stretch': {'rule': 'db', 'low': -25, 'high': 5.0},
            'source': 'sar branch of a bridge network, epoch_3.pth, epoch 3',
        }
        assert publish(tmp_path, '--branch', 'optical')['meta'] == {
            **common,
            'branch': 'optical',
            'domain': None,
            'stretch': {'rule': '8bit'},
            'source': 'optical branch of a bridge network, epoch_3.pth, epoch 3',
        }

    def test_another_normalisation_is_an_error_with_both_values(self, tmp_path):
        trained(tmp_path)
        publish(tmp_path, '--branch', 'sar')
        message = (
            r'std: they were trained with \[58\.395, 57\.12, 57\.375\], the model has '
            r'\[255, 255, 255\]; set model\.data_preprocessor\.std=\[58\.395, '
        )
        with pytest.raises(CheckpointError, match=message):
            check(detector(tmp_path, std=[255.0, 255.0, 255.0]))

    def test_a_grey_branch_in_a_detector_for_three_channels(self, tmp_path):
        network = trained(
            tmp_path,
            sar_branch__backbone__in_channels=1,
            data_preprocessor__sar={'mean': [90.0], 'std': [50.0], 'channels': 1},
        )
        meta = publish(tmp_path, '--branch', 'sar')['meta']
        assert (meta['mean'], meta['std'], meta['in_channels']) == ([90.0] * 3, [50.0] * 3, 3)
        model = detector(tmp_path, mean=[90.0] * 3, std=[50.0] * 3).eval()
        model.backbone.init_weights()
        check(model)
        grey = torch.randn(1, 1, 64, 64)
        expected = network.eval().sar_branch.backbone(grey)[-1]
        found = model.backbone(grey.expand(-1, 3, -1, -1))[-1]
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        kept = publish(tmp_path, '--branch', 'sar', '--channels', '1')
        stem = network.sar_branch.backbone.conv1.weight
        assert torch.equal(kept['state_dict']['conv1.weight'], stem)
        assert kept['meta']['mean'] == [90.0]
        with pytest.raises(CheckpointError, match=r'with 1 at the input, model\.backbone has 3; '):
            check(model)
        with pytest.raises(ConfigError, match='takes 3 channels'):
            publish(tmp_path, '--branch', 'optical', '--channels', '1')

    def test_the_slope_of_darknet(self):
        config = {'model': base_model('bridge_d53')}
        backbone = publish_backbone.build_backbone(config, 'sar')
        assert publish_backbone.branch_meta(config, 'sar', backbone)['negative_slope'] == 0.01

    def test_a_config_given_counts(self, tmp_path):
        trained(tmp_path, cfg=False)
        with pytest.raises(ConfigError, match=r'epoch_3\.pth has no config .*--config FILE'):
            publish(tmp_path, '--branch', 'sar')
        narrow = {'backbone': {'base_channels': 8}, 'head': {'in_channels': 64}}
        model = {'sar_branch': narrow, 'data_preprocessor': {'sar': {'mean': [1.0, 2.0, 3.0]}}}
        path = tmp_path / 'config.py'
        base = ROOT / 'configs/_base_/models/bridge_r18.py'
        path.write_text(f'_base_ = {str(base)!r}\nmodel = {model!r}\n')
        meta = publish(tmp_path, '--branch', 'sar', '--config', str(path))['meta']
        assert meta['mean'] == [1.0, 2.0, 3.0]
        assert meta['stretch'] is None
        with pytest.raises(CheckpointError, match=r'optical_branch\.backbone\.\*: 100 of another'):
            publish(tmp_path, '--branch', 'optical', '--config', str(path))

    def test_checkpoints_that_are_none(self, tmp_path):
        path = tmp_path / 'epoch_3.pth'
        torch.save({'weights': 1}, path)
        with pytest.raises(CheckpointError, match=r'epoch_3\.pth holds no state_dict'):
            publish(tmp_path, '--branch', 'sar')
        torch.save({'state_dict': {}, 'meta': {'cfg': "model = dict(type='FasterRCNN')"}}, path)
        with pytest.raises(ConfigError, match=r'epoch_3\.pth is not that of a bridge network'):
            publish(tmp_path, '--branch', 'sar')
        text = Config({'model': small_model()}).pretty_text
        torch.save({'state_dict': {}, 'meta': {'cfg': text}}, path)
        with pytest.raises(CheckpointError, match=r'120 missing: conv1\.weight, .*bridge network'):
            publish(tmp_path, '--branch', 'sar')
        assert not (tmp_path / 'backbone.pth').exists()


def check(model):
    loader = SimpleNamespace(dataset=None)
    CheckNormalisationHook().before_train(SimpleNamespace(model=model, train_dataloader=loader))


class TestStoredConfig:
    def test_what_mmengine_writes_reads_back(self):
        content = {
            'numbers': [1, -2, 0.5, -1e-05, float('inf'), -float('inf')],
            'model': {'type': 'A', 'text': "it's", 'none': None, 'pair': (1, (2, True)), 'x': []},
            'odd': {'a.b': {'c': 1}, 3: 'three', 'd': {}},
            'empty': {},
        }
        text = Config(content).pretty_text
        assert read_stored_config(text, 'x') == content

    def test_configs_read_back(self):
        for path in sorted((ROOT / 'configs').glob('[!_]*/*.py'))[::7]:
            config = load_config(path)
            assert read_stored_config(config.pretty_text, 'x') == config.to_dict()

    def test_anything_else_is_refused_and_not_run(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for line in (
            "a = __import__('os').system('touch ran')",
            'import os',
            'a = dict(b=[c for c in range(3)])',
            "a = dict(**{'b': 1})",
            'a = {**{}}',
            'a.b = 1',
            'a += 1',
            "open('ran', 'w')",
            'a = ',
            'a = list((1,))',
            'a = dict([(1, 2)])',
            'a = [[]] * 9',
        ):
            with pytest.raises(ConfigError, match=r'my\.pth: line 2 of .* no plain setting'):
                read_stored_config(f'x = 1\n{line}\n', 'my.pth')
        assert not list(tmp_path.iterdir())
