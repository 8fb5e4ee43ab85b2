"""Weights of published SARATR-X and HiViT checkpoints, in small."""

import argparse
import re

import pytest
import torch
from mmengine.registry import MODELS as ALL_MODELS
from mmengine.registry import init_default_scope
from model_converters import saratrx
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.apis.stored_config import read_stored_config
from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.backbones.hivit_positions import resize_positions, sincos_positions
from mmsar.registry import MODELS

ARCH = 'dict(_delete_=True, embed_dims=32, depths=(1, 1, 1), num_heads=2)'
PRETRAINING = f"""
_base_ = {str(ROOT / 'configs/_base_/models/saratrx_hivit-base.py')!r}
model = dict(
    backbone=dict(arch={ARCH}, img_size=64),
    neck=dict(in_dims=224, out_dims=768, grid=(4, 4), embed_dims=16, depth=1, num_heads=2),
)
"""
DETECTION = f"""
_base_ = {str(ROOT / 'configs/_base_/models/faster-rcnn_saratrx-base_fpn.py')!r}
model = dict(
    backbone=dict(arch={ARCH}, img_size=64, global_blocks=(0,)),
    neck=dict(in_channels=[8, 16, 32, 32], out_channels=8),
    rpn_head=dict(in_channels=8, feat_channels=8),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=8),
        bbox_head=dict(in_channels=8, conv_out_channels=8, fc_out_channels=8, num_classes=6),
    ),
)
"""
FPN = {'out_norms.0': 'fpn1', 'out_norms.1': 'fpn2', 'out_norms.2': 'fpn3', 'out_norms.3': 'fpn4.1'}


@pytest.fixture
def pretraining(tmp_path):
    path = tmp_path / 'pretraining.py'
    path.write_text(PRETRAINING)
    return path


@pytest.fixture
def detection(tmp_path):
    path = tmp_path / 'detection.py'
    path.write_text(DETECTION)
    return path


def build(path, backbone=False, **changes):
    config = load_config(path, changes).model
    if backbone:
        return MODELS.build(config.backbone)
    init_default_scope('mmdet')
    return ALL_MODELS.build(config)


def published(model, seed=0):
    """The state dict that the published code would have for a model of mmsar."""
    generator = torch.Generator().manual_seed(seed)
    result = {}
    for key, value in model.state_dict().items():
        name = key
        for ours, theirs in FPN.items():
            name = name.replace(ours, theirs)
        if hasattr(model, 'target_generator'):
            name = name.removeprefix('backbone.').removeprefix('neck.')
        if value.is_floating_point():
            value = torch.rand(value.shape, generator=generator)
        result[name] = value
    if hasattr(model, 'target_generator'):
        result['sarfeature1.weight_x1'] = torch.ones(1, 1, 19, 19)
    return result


def convert(tmp_path, content, part, config, *flags):
    torch.save(content, tmp_path / 'in.pth')
    arguments = [str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth'), '--part', part]
    saratrx.main([*arguments, '--config', str(config), *flags])
    return torch.load(tmp_path / 'out.pth', weights_only=True)


class TestPretraining:
    def test_every_tensor_finds_its_place(self, tmp_path, pretraining, capsys):
        model = build(pretraining)
        weights = published(model)
        content = {
            'model': {f'module.{name}': weight for name, weight in weights.items()},
            'optimizer': {'state': {}},
            'args': argparse.Namespace(lr=1.0),
        }
        checkpoint = convert(tmp_path, content, 'pretrain', pretraining)
        model.load_state_dict(checkpoint['state_dict'], strict=True)
        for ours, theirs in (
            ('backbone.blocks.1.norm2.weight', 'blocks.1.norm2.weight'),
            ('backbone.norm.bias', 'norm.bias'),
            ('neck.decoder_blocks.0.attn.qkv.weight', 'decoder_blocks.0.attn.qkv.weight'),
            ('neck.mask_token', 'mask_token'),
            ('neck.decoder_pos_embed', 'decoder_pos_embed'),
        ):
            assert torch.equal(model.state_dict()[ours], weights[theirs])
        count = len(model.state_dict())
        text = capsys.readouterr().out
        assert f'coverage: {count} of {count + 1} tensors taken, 1 left out (sarfeature1.w' in text
        assert f'{count} of {count} of the model filled\nwrote' in text
        meta = checkpoint['meta']
        assert (meta['mean'], meta['std']) == ([0.0] * 3, [255.0] * 3)
        stored = read_stored_config(meta['cfg'], 'x')['model']
        assert stored['backbone']['img_size'] == 64

    @pytest.mark.parametrize('prefix', ['', 'backbone.', 'image_encoder.'])
    def test_an_encoder_alone(self, tmp_path, pretraining, prefix, capsys):
        """The published ImageNet file: flat, without a decoder, but with a mask token."""
        encoder = build(pretraining, backbone=True)
        weights = {f'{prefix}{k}': v for k, v in published(encoder).items()}
        weights['mask_token'] = torch.zeros(1, 1, 16)
        checkpoint = convert(tmp_path, weights, 'backbone', pretraining)
        encoder.load_state_dict(checkpoint['state_dict'], strict=True)
        assert torch.equal(encoder.norm.bias, weights[f'{prefix}norm.bias'])
        assert '1 left out (mask_token)' in capsys.readouterr().out
        assert 'mean' not in checkpoint['meta']
        with pytest.raises(CheckpointError, match=r'pretrain part .*decoder_embed\.weight, '):
            convert(tmp_path, weights, 'pretrain', pretraining)

    def test_the_encoder_of_a_whole_one(self, tmp_path, pretraining):
        weights = published(build(pretraining))
        checkpoint = convert(tmp_path, weights, 'backbone', pretraining)
        encoder = build(pretraining, backbone=True)
        encoder.load_state_dict(checkpoint['state_dict'], strict=True)
        assert torch.equal(encoder.patch_embed.proj.bias, weights['patch_embed.proj.bias'])
        assert checkpoint['meta']['std'] == [255.0] * 3


class TestPositions:
    def test_absent_ones_are_sines_and_cosines(self, tmp_path, pretraining, capsys):
        weights = published(build(pretraining))
        del weights['absolute_pos_embed'], weights['decoder_pos_embed']
        found = convert(tmp_path, weights, 'pretrain', pretraining)['state_dict']
        expected = sincos_positions(32, (4, 4)), sincos_positions(16, (4, 4))
        assert torch.equal(found['backbone.absolute_pos_embed'], expected[0])
        assert torch.equal(found['neck.decoder_pos_embed'], expected[1])
        text = capsys.readouterr().out
        assert 'sin-cos values: backbone.absolute_pos_embed, neck.decoder_pos_embed' in text

    def test_those_of_another_grid_are_resized(self, tmp_path, pretraining, capsys):
        weights = published(build(pretraining))
        old = weights['absolute_pos_embed'] = torch.rand(1, 36, 32)
        found = convert(tmp_path, weights, 'pretrain', pretraining)['state_dict']
        expected = resize_positions(old, (6, 6), (4, 4))
        assert torch.equal(found['backbone.absolute_pos_embed'], expected)
        assert 'resized to (4, 4): backbone.absolute_pos_embed' in capsys.readouterr().out

    def test_resizing_is_the_published_one(self):
        grid = torch.rand(1, 14 * 14, 3)
        maps = grid.view(1, 14, 14, 3).permute(0, 3, 1, 2)
        expected = torch.nn.functional.interpolate(
            maps, scale_factor=((20 + 0.1) / 14, (33 + 0.1) / 14), mode='bicubic'
        )
        found = resize_positions(grid, (14, 14), (20, 33))
        assert torch.equal(found.view(1, 20, 33, 3).permute(0, 3, 1, 2), expected)


class TestDetectors:
    @pytest.mark.parametrize('whole', [True, False])
    def test_the_backbone(self, tmp_path, detection, whole, capsys):
        weights = published(build(detection, backbone=not whole))
        checkpoint = convert(tmp_path, {'state_dict': weights}, 'detection-backbone', detection)
        backbone = build(detection, backbone=True)
        backbone.load_state_dict(checkpoint['state_dict'], strict=True)
        prefix = 'backbone.' if whole else ''
        assert torch.equal(backbone.out_norms[0].bias, weights[f'{prefix}fpn1.bias'])
        assert torch.equal(backbone.out_norms[3].weight, weights[f'{prefix}fpn4.1.weight'])
        assert checkpoint['meta']['std'] == [255.0] * 3
        text = capsys.readouterr().out
        assert 'official_merge_indices=True and model.backbone.official_input_range=True' in text
        assert (' 0 left out' in text) == (not whole)

    def test_the_whole_with_its_own_number_of_classes(self, tmp_path, detection):
        classes = {'model.roi_head.bbox_head.num_classes': 2}
        weights = published(build(detection, **classes))
        checkpoint = convert(tmp_path, {'state_dict': weights}, 'detector', detection)
        detector = build(detection, **classes)
        detector.load_state_dict(checkpoint['state_dict'], strict=True)
        name = 'roi_head.bbox_head.shared_convs.2.bn.running_var'
        assert torch.equal(detector.state_dict()[name], weights[name])
        assert torch.equal(detector.backbone.out_norms[1].bias, weights['backbone.fpn2.bias'])
        stored = read_stored_config(checkpoint['meta']['cfg'], 'x')['model']
        assert stored['roi_head']['bbox_head']['num_classes'] == 2
        assert stored['backbone']['official_merge_indices']
        assert stored['backbone']['official_input_range']

    def test_a_pretrained_encoder_is_no_detector(self, tmp_path, pretraining, detection):
        weights = published(build(pretraining))
        for part in ('detection-backbone', 'detector'):
            with pytest.raises(CheckpointError, match=rf'the {part} part .* missing: '):
                convert(tmp_path, weights, part, detection)
        assert not (tmp_path / 'out.pth').exists()


def test_what_does_not_fit_is_named(tmp_path, pretraining):
    weights = published(build(pretraining))
    for change, message in (
        ({'blocks.6.attn.qkv.bias': None}, r'1 missing: blocks\.6\.attn\.qkv\.bias$'),
        ({'blocks.9.norm1.bias': torch.zeros(32)}, r'1 left over: blocks\.9\.norm1\.bias$'),
        ({'norm.bias': torch.full((224,), torch.nan)}, r'1 not finite: .*norm\.bias$'),
        ({'norm.bias': torch.zeros(7)}, r'norm\.bias \(7,\) instead of \(224,\)'),
        ({'absolute_pos_embed': torch.zeros(1, 15, 32)}, r'\(1, 15, 32\) instead of \(1, 16, 32'),
    ):
        changed = {k: v for k, v in {**weights, **change}.items() if v is not None}
        with pytest.raises(CheckpointError, match=message):
            convert(tmp_path, changed, 'pretrain', pretraining)
    for content in ({'model': {'a': 1}}, {0: torch.zeros(1)}):
        with pytest.raises(CheckpointError, match=re.escape('in.pth holds no weights by name')):
            convert(tmp_path, content, 'pretrain', pretraining)
    with pytest.raises(ConfigError, match='is the published file itself'):
        saratrx.main([str(tmp_path / 'in.pth')] * 2 + ['--part', 'pretrain'])
    with pytest.raises(ConfigError, match=r'must end in \.pth'):
        saratrx.main(['in.pth', 'out.bin', '--part', 'backbone'])
