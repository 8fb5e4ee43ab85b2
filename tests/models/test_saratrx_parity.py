"""The published networks' outputs, from their weights through the converter."""

import argparse
import sys

import numpy as np
import pytest
import torch
from model_converters import saratrx
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.registry import MODELS

CONFIGS = ROOT / 'configs' / 'saratrx'


@pytest.fixture(scope='module')
def reference(shared):
    sys.path.insert(0, str(shared / 'reference'))
    try:
        import fill

        yield fill, shared / 'reference'
    finally:
        sys.path.remove(str(shared / 'reference'))


def close(found, expected, to=1e-5):
    expected = torch.as_tensor(expected)
    scale = float(expected.std())
    torch.testing.assert_close(found.detach(), expected, rtol=to, atol=to * scale)


def convert(tmp_path, weights, part):
    torch.save(weights, tmp_path / 'in.pth')
    saratrx.main([str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth'), '--part', part])
    return torch.load(tmp_path / 'out.pth', weights_only=True)['state_dict']


def test_published_pretraining(tmp_path, reference, monkeypatch, capsys):
    fill, folder = reference
    recorded = np.load(folder / 'saratrx_mae.npz')
    seed = int(recorded['seed'])
    official = fill.fill_state_dict(
        folder / 'saratrx_mae_shapes.json', seed, keep=recorded['kept_at_init']
    )
    content = {'model': official, 'epoch': 800, 'args': argparse.Namespace(lr=1e-4)}
    weights = convert(tmp_path, content, 'pretrain')
    text = capsys.readouterr().out
    assert 'coverage: 379 of 379 tensors taken, 0 left out; 381 of 381 of the model' in text
    assert 'sin-cos values: backbone.absolute_pos_embed, neck.decoder_pos_embed' in text

    config = load_config(CONFIGS / 'saratrx_hivit-base_8xb100-coslr-800e_sar186k.py')
    model = MODELS.build(config.model).eval()
    model.load_state_dict(weights, strict=True)
    x = fill.image((2, 1, 224, 224), seed)
    noise = torch.as_tensor(recorded['noise'])
    monkeypatch.setattr(torch, 'rand', lambda *args, **kwargs: noise)
    with torch.no_grad():
        parts = model(x, mode='tensor')
        loss = model(x, mode='loss')['loss']
    assert {name: tuple(part.shape) for name, part in parts.items()} == {
        'latent': (2, 49, 3584),
        'pred': (2, 196, 768),
        'mask': (2, 196),
        'target': (2, 196, 768),
    }
    assert np.array_equal(parts['mask'].numpy(), recorded['mask'])
    close(parts['latent'][:, ::7, ::8], recorded['latent'])
    close(parts['pred'][:, ::14, ::8], recorded['pred'])
    assert loss.item() == pytest.approx(float(recorded['loss']), rel=1e-6)
    for found, name in (
        (model.backbone.absolute_pos_embed, 'absolute_pos_embed'),
        (model.neck.decoder_pos_embed, 'decoder_pos_embed'),
    ):
        assert np.array_equal(found.detach()[:, ::14, ::8].numpy(), recorded[name])
    # Each scale of a unit is a square of the features' map.
    features = model.target_generator(x)
    close(features[:, :, ::6, ::6], recorded['gradient_features'], to=1e-4)
    model.norm_pix_loss = False
    unit = model.target(x)[1, 14 * 3 + 5].view(3, 16, 16)
    assert torch.equal(unit, features[1, :, 48:64, 80:96])


def test_published_detection_backbone(tmp_path, reference, capsys):
    fill, folder = reference
    recorded = np.load(folder / 'saratrx_detection_backbone.npz')
    seed = int(recorded['seed'])
    official = fill.fill_state_dict(folder / 'saratrx_detection_backbone_shapes.json', seed)
    weights = convert(tmp_path, official, 'detection-backbone')
    assert 'coverage: 307 of 307 tensors taken, 0 left out; 307 of 307' in capsys.readouterr().out

    config = load_config(CONFIGS / 'faster-rcnn_saratrx-base_fpn_8xb2-36e_sardet100k.py')
    config.model.backbone.official_merge_indices = True
    model = MODELS.build(config.model.backbone).eval()
    model.load_state_dict(weights, strict=True)
    x = fill.image(tuple(recorded['input_shape'].tolist()), seed)
    with torch.no_grad():
        levels = model(x)
    assert len(levels) == 4
    for number, level in enumerate(levels):
        close(level[:, ::8, ::2, ::2], recorded[f'level{number}'])
