"""Batches of pairs: moved, repeated to three channels, normalised, stacked."""

import pytest
import torch
from mmengine.dataset import pseudo_collate

from mmsar.errors import ConfigError, DataError
from mmsar.models.data_preprocessors import PairDataPreprocessor
from mmsar.structures import PairSample

IMAGENET = {'mean': [123.675, 116.28, 103.53], 'std': [58.395, 57.12, 57.375]}


def item(sar=(1, 4, 5), optical=(3, 6, 7), path=None):
    sample = PairSample(label=torch.tensor(1), metainfo={'sar_path': path, 'optical_path': path})
    return {
        'inputs': {
            'sar': torch.randint(256, sar, dtype=torch.uint8),
            'optical': torch.rand(optical) * 255,
        },
        'data_samples': sample,
    }


def test_each_branch_has_its_own_normalisation():
    items = [item(), item()]
    preprocessor = PairDataPreprocessor(
        sar=IMAGENET, optical={'mean': [10.0], 'std': [2.0], 'channels': None}
    )
    out = preprocessor(pseudo_collate(items), training=True)
    sar, optical = out['inputs']['sar'], out['inputs']['optical']
    assert sar.dtype == optical.dtype == torch.float32
    for n, source in enumerate(items):
        grey = source['inputs']['sar'][0].float()
        for channel in range(3):
            mean, std = IMAGENET['mean'][channel], IMAGENET['std'][channel]
            torch.testing.assert_close(sar[n, channel], (grey - mean) / std)
        torch.testing.assert_close(optical[n], (source['inputs']['optical'] - 10) / 2)
        assert out['data_samples'][n].label == 1


def test_stacked_batches_are_taken_too():
    images = torch.rand(2, 3, 4, 4)
    preprocessor = PairDataPreprocessor()
    out = preprocessor({'inputs': {'optical': images}})
    assert list(out['inputs']) == ['optical']
    assert torch.equal(out['inputs']['optical'], images)
    assert out['data_samples'] is None


@pytest.mark.parametrize('settings', [IMAGENET, {'mean': [9.0], 'std': [3.0]}, {}])
def test_grey_images_are_repeated_alone_or_beside_colour(settings):
    preprocessor = PairDataPreprocessor(sar=settings)
    grey, colour = torch.rand(1, 4, 5) * 255, torch.rand(3, 4, 5) * 255
    alone = preprocessor({'inputs': {'sar': [grey, grey]}})['inputs']['sar']
    mixed = preprocessor({'inputs': {'sar': [grey, colour]}})['inputs']['sar']
    assert alone.shape == mixed.shape == (2, 3, 4, 5)
    assert alone.is_contiguous()
    assert torch.equal(alone[1], mixed[0])


def test_one_channel_may_be_kept():
    preprocessor = PairDataPreprocessor(sar={'mean': [1.0], 'std': [1.0], 'channels': 1})
    assert preprocessor(pseudo_collate([item()]))['inputs']['sar'].shape == (1, 1, 4, 5)


def test_a_batch_moves_to_the_device():
    preprocessor = PairDataPreprocessor(sar=IMAGENET, optical=IMAGENET).to('meta')
    out = preprocessor(pseudo_collate([item()]))
    assert out['inputs']['sar'].device.type == out['data_samples'][0].label.device.type == 'meta'


def test_what_cannot_be_stacked_is_named():
    for items, message in (
        (
            [item(path='a.png'), item(optical=(3, 6, 9), path='b.png')],
            r'optical images of different sizes .*: \(3, 6, 7\) \(a\.png\) and \(3, 6, 9\) '
            r'\(b\.png\); resize or crop',
        ),
        ([item(), item(sar=(1, 5, 5))], r'sar images .*: \(3, 4, 5\) and \(3, 5, 5\); resize'),
        (
            [item(sar=(2, 4, 5), path='c.tif')],
            r'sar image \(c\.tif\) has 2 channels where .*\.channels=3; .*key=\'sar\', channels=3',
        ),
        ([item(sar=(4, 5))], r'sar image has shape \(4, 5\); channels, rows and columns'),
        ([{'inputs': {'radar': torch.zeros(1, 2, 2)}}], r"inputs of a batch are \['radar'\]"),
        ([{'inputs': torch.zeros(1, 2, 2)}], r'inputs of a batch are list; .*PackPair'),
    ):
        with pytest.raises(DataError, match=message):
            PairDataPreprocessor()(pseudo_collate(items))


def test_settings_that_do_not_fit_are_named():
    for settings, message in (
        ({'mean': [0.0]}, r'data_preprocessor\.sar: give both'),
        ({'mean': [0.0, 0.0], 'std': [1.0]}, r'sar\.mean=\[0\.0, 0\.0\]: give 1 value or 3'),
        ({'mean': [0.0], 'std': [0.0]}, r'sar\.std=\[0\.0\] is not above zero'),
    ):
        with pytest.raises(ConfigError, match=message):
            PairDataPreprocessor(sar=settings)
