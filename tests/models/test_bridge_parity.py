"""The published network's outputs, from its weights through the converter."""

import sys

import numpy as np
import pytest
import torch
from model_converters import bridge
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.registry import MODELS


@pytest.fixture(scope='module')
def reference(shared):
    sys.path.insert(0, str(shared / 'reference'))
    try:
        import fill

        yield fill, np.load(shared / 'reference' / 'bnn_r50.npz')
    finally:
        sys.path.remove(str(shared / 'reference'))


def close(found, expected):
    expected = torch.as_tensor(np.asarray(expected), dtype=torch.float32)
    assert found.shape == expected.shape
    # To 1e-4 of each value.
    torch.testing.assert_close(found.detach().float(), expected, rtol=1e-4, atol=0)


def test_published_outputs(tmp_path, shared, reference, capsys):
    fill, recorded = reference
    seed = int(recorded['seed'])
    weights = fill.fill_state_dict(shared / 'reference' / 'bnn_r50_shapes.json', seed)
    torch.save(weights, tmp_path / 'official.pth')
    bridge.main([str(tmp_path / 'official.pth'), str(tmp_path / 'ours.pth')])
    assert 'coverage: 648 of 648 tensors taken' in capsys.readouterr().out

    config = load_config(ROOT / 'configs/bridge/bridge_r50_official-head_qxs-saropt.py')
    model = MODELS.build(config.model).eval()
    model.load_state_dict(torch.load(tmp_path / 'ours.pth', weights_only=True)['state_dict'])
    x1, x2 = (fill.image((4, 3, 256, 256), s) for s in (seed, seed + 100))
    with torch.no_grad():
        stage4 = model.sar_branch.backbone(x1)[-1]
        z_sar, z_optical, distance = model({'sar': x1, 'optical': x2}, mode='tensor')
    scale = float(np.std(recorded['stage4']))
    torch.testing.assert_close(
        stage4[:, ::64], torch.as_tensor(recorded['stage4']), rtol=1e-4, atol=1e-4 * scale
    )
    close(z_sar, recorded['z1'])
    close(z_optical, recorded['z2'])
    close(distance, recorded['distance'][:, 0])

    labels = torch.as_tensor(recorded['labels'])
    for found, key in zip(model.loss(distance, labels), ('loss', 'pos', 'neg'), strict=True):
        close(found, recorded[key])
