"""Normalising stacked views before the host's own preprocessor."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS

SAR = {'mean': [10.0], 'std': [2.0], 'channels': 1}
OPTICAL = {'mean': [1.0, 2.0, 3.0], 'std': [1.0, 2.0, 4.0]}


def build(host='mmdet.DetDataPreprocessor', sar=SAR, optical=OPTICAL, **settings):
    return MODELS.build(
        {
            'type': 'mmsar.StackedViewsPreprocessor',
            'sar': sar,
            'optical': optical,
            'host': {'type': host, **settings},
        }
    )


def images(*sizes):
    generator = np.random.default_rng(0)
    return [torch.from_numpy(generator.uniform(0, 255, (4, *s)).astype(np.float32)) for s in sizes]


def test_each_view_by_its_own_and_padding_is_the_mean():
    model = build(pad_size_divisor=8)
    batch = images((5, 7), (9, 4))
    samples = [DetDataSample() for _ in batch]
    out = model({'inputs': batch, 'data_samples': samples}, training=True)
    assert out['inputs'].shape == (2, 4, 16, 8)
    found = out['inputs'][0]
    torch.testing.assert_close(found[0, :5, :7], (batch[0][0] - 10) / 2)
    torch.testing.assert_close(found[3, :5, :7], (batch[0][3] - 3) / 4)
    assert not found[:, 5:].any()
    assert out['data_samples'][0].batch_input_shape == (16, 8)


def test_mmpretrain_hosts_it_too():
    model = build('mmpretrain.ClsDataPreprocessor', to_onehot=False)
    batch = images((4, 4), (4, 4))
    listed = model({'inputs': batch})['inputs']
    stacked = model({'inputs': torch.stack(batch)})['inputs']
    assert torch.equal(listed, stacked)
    torch.testing.assert_close(listed[1, 1], batch[1][1] - 1)


def test_what_does_not_fit_is_named():
    sample = DetDataSample(metainfo={'img_path': 'a.png'})
    with pytest.raises(DataError, match=r'\(a\.png\) has shape \(3, 4, 4\); 1 channels of the SAR'):
        build()({'inputs': [images((4, 4))[0][:3]], 'data_samples': [sample]})
    with pytest.raises(ConfigError, match=r'data_preprocessor\.host\.mean is of one image'):
        build(mean=[0.0], std=[1.0])
    with pytest.raises(ConfigError, match='give channels of sar and of optical'):
        build(sar={'channels': None})


def test_parts_of_a_model_know_theirs():
    model = build()
    assert model.channels == 4
    assert model.for_module('backbone.sar.layer1') == (model.sar, 'sar')
    assert model.for_module('backbone.optical')[1] == 'optical'
    assert model.for_module('backbone.fusion.0.sar_from_optical') is None
