import pytest
import torch
from mmengine.config import Config
from toy_runs import run

from mmsar.apis.model_config import replace_sync_bn, require_init_checkpoints
from mmsar.errors import ConfigError


def with_backbones(*init_cfgs):
    branches = [{'type': 'ResNet', 'init_cfg': init_cfg} for init_cfg in init_cfgs]
    return Config({'model': {'type': 'Pair', 'branches': branches}})


def pretrained(checkpoint):
    return {'type': 'Pretrained', 'checkpoint': str(checkpoint)}


def test_files_that_exist_and_urls_pass(tmp_path):
    torch.save({}, tmp_path / 'there.pth')
    require_init_checkpoints(
        with_backbones(
            pretrained(tmp_path / 'there.pth'),
            pretrained('torchvision://resnet50'),
            pretrained('https://nowhere/a.pth'),
            {'type': 'Kaiming'},
            None,
        )
    )
    require_init_checkpoints(Config({}))


def test_a_missing_file_is_named_with_its_setting(tmp_path):
    config = with_backbones({'type': 'Kaiming'}, [{'type': 'Normal'}, pretrained('gone.pth')])
    message = r"model\.branches\.1\.init_cfg\.1\.checkpoint: file 'gone\.pth' does not exist; corr"
    with pytest.raises(ConfigError, match=message):
        require_init_checkpoints(config)


def test_a_file_that_a_tool_writes_is_named_with_the_command():
    config = with_backbones(pretrained('no/darknet53_timm.pth'))
    command = r'python tools/model_converters/darknet53_from_timm\.py no/darknet53_timm\.pth'
    with pytest.raises(ConfigError, match=command):
        require_init_checkpoints(config)


def test_training_stops_before_the_model_is_built(tmp_path):
    model = {'type': 'ToyModel', 'init_cfg': pretrained('gone.pth')}
    with pytest.raises(ConfigError, match=r'model\.init_cfg\.checkpoint'):
        run('toy_epoch', tmp_path, model=model)


def test_sync_bn_becomes_bn_everywhere(capsys):
    norm = {'type': 'SyncBN', 'requires_grad': True}
    layers = [{'norm_cfg': {'type': 'MMSyncBN'}}, {'norm_cfg': {'type': 'GN', 'num_groups': 4}}]
    config = Config(
        {'model': {'backbone': {'norm_cfg': norm, 'layers': layers}}, 'sync_bn': 'torch'}
    )
    replace_sync_bn(config)
    backbone = config.model.backbone
    assert backbone.norm_cfg == {'type': 'BN', 'requires_grad': True}
    assert [layer.norm_cfg.type for layer in backbone.layers] == ['BN', 'GN']
    assert config.sync_bn is None
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_other_normalisations_stay(capsys):
    config = Config({'model': {'norm_cfg': {'type': 'BN'}}})
    replace_sync_bn(config)
    assert config.to_dict() == {'model': {'norm_cfg': {'type': 'BN'}}}
    assert not capsys.readouterr().out
