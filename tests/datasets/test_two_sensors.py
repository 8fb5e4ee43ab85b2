"""Chips of two sensors, unpaired and paired."""

import numpy as np
import pytest
import torch
import toy_translation as toy

from mmsar.datasets import PairedChips, SeededDataset, UnpairedChips
from mmsar.datasets.seeded import SampleKey
from mmsar.datasets.transforms import RandomChipCrop
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster, write_raster
from mmsar.models.data_preprocessors import TwoSensorsPreprocessor

PIPELINE = [
    dict(type='mmsar.LoadSARImage', channels=1, domain_in='amplitude'),
    dict(type='mmsar.StretchSAR', rule='fixed', low=0, high=4000, power=0.5, out=(0.0, 1.0)),
]
FLIP = [dict(type='RandomFlip', prob=0.5, direction='vertical')]


@pytest.fixture(scope='module')
def chips(tmp_path_factory):
    return toy.write_chips(tmp_path_factory.mktemp('chips'), (7, 4), 16)


def build(kind, chips, **settings):
    folders = {name: dict(data_root=str(chips / folder))
               for name, folder in (('content', 'sar1'), ('style', 'sar2'))}  # fmt: skip
    return kind(**{'pipeline': PIPELINE, **folders, **settings})


def wanted(path):
    return np.sqrt(read_raster(path)[0][..., 0].clip(0, 4000) / 4000)


def draw(data, seed=0, epoch=0):
    wrapped = SeededDataset(data)
    return [wrapped[SampleKey(seed, epoch, index)] for index in range(len(data))]


def test_which_chip_of_the_new_sensor_follows_the_seed(chips):
    data = build(UnpairedChips, chips, labelled=True, augment=FLIP, keep=True)
    assert len(data) == 7
    assert data.metainfo['classes'] == toy.CLASSES
    first = draw(data)
    for index, sample in enumerate(first):
        path = data.content.get_data_info(index)['img_path']
        image = sample['inputs']['img_content'][0].numpy()
        options = (wanted(path), wanted(path)[::-1])
        assert any(np.allclose(image, option, atol=1e-6) for option in options)
        assert sample['inputs']['img_content'].shape == (1, 16, 16)
        assert sample['labels']['content'] == data.content.get_data_info(index)['gt_label']
        assert data.get_cat_ids(index) == [sample['labels']['content']]
    again = build(UnpairedChips, chips, labelled=True, augment=FLIP)
    assert toy.same(first, draw(again))
    for other in (draw(data, seed=1), draw(data, epoch=1)):
        assert not toy.same([s['inputs']['img_style'] for s in first],
                            [s['inputs']['img_style'] for s in other])  # fmt: skip
    means = {round(float(s['inputs']['img_style'].mean()), 4) for epoch in range(6)
             for s in draw(data, epoch=epoch)}  # fmt: skip
    assert len(means) == 4  # all of them come
    # Of the smaller set, again from its first.
    swapped = UnpairedChips(
        dict(data_root=str(chips / 'sar2')), dict(data_root=str(chips / 'sar1')), PIPELINE
    )
    samples = draw(swapped)
    assert len(samples) == 7
    assert torch.equal(samples[0]['inputs']['img_content'], samples[4]['inputs']['img_content'])
    assert 'labels' not in samples[0]


def test_pairs_by_name_go_through_the_same_draws(tmp_path):
    toy.write_chips(tmp_path, (6, 6), 16)
    for path in (tmp_path / 'sar1').rglob('*.png'):
        image = read_raster(path)[0]
        other = tmp_path / 'sar2' / path.relative_to(tmp_path / 'sar1')
        write_raster(other, image // 2, dtype='uint16')
    data = build(PairedChips, tmp_path, by='name', augment=[*FLIP, dict(type='mmsar.RandomChipCrop',
                                                                        size=8)])  # fmt: skip
    samples = draw(data)
    for sample in samples:
        one, two = (sample['inputs'][f'img_{name}'] for name in ('content', 'style'))
        assert one.shape == (1, 8, 8)
        torch.testing.assert_close(two, (one / 2**0.5), rtol=0, atol=0.03)
    assert not toy.same(samples, draw(data, epoch=1))
    next((tmp_path / 'sar2').rglob('*.png')).unlink()
    with pytest.raises(DataError, match='1 of 6 chips of content have none of their name'):
        build(PairedChips, tmp_path, by='name')


def test_pairs_by_likeness(tmp_path):
    """The same bars under new speckle find each other, within their class."""
    rng = np.random.default_rng(0)
    for sensor, order in (('sar1', (0, 1, 2, 3)), ('sar2', (3, 1, 0, 2))):
        for kind in 'ab':
            for number, place in enumerate(order):
                values = 300.0 * rng.rayleigh(1, (24, 24))
                values[4:20, 2 + 5 * place : 5 + 5 * place] += 2500
                write_raster(tmp_path / sensor / kind / f'{number}.png', values, dtype='uint16')
    data = build(PairedChips, tmp_path)
    assert len(data) == 8
    assert data.partners.tolist() == [2, 1, 3, 0, 6, 5, 7, 4]
    sample = data[0]
    assert sample['labels'] == {'content': 0, 'style': 0}
    path = data.style.get_data_info(2)['img_path']
    np.testing.assert_allclose(sample['inputs']['img_style'][0], wanted(path), atol=1e-6)
    for file in (tmp_path / 'sar2' / 'b').iterdir():
        file.unlink()
    write_raster(tmp_path / 'sar2' / 'a' / '9.png', np.zeros((20, 24)), dtype='uint16')
    with pytest.raises(DataError, match='style has no chips of the class'):
        build(PairedChips, tmp_path, pipeline=[*PIPELINE, dict(type='mmsar.CentreCropOrPad',
                                                               size=20)])  # fmt: skip
    with pytest.raises(DataError, match=r'add dict.*CentreCropOrPad'):
        build(PairedChips, tmp_path)


def test_bad_arguments(chips, tmp_path):
    with pytest.raises(ConfigError, match=r'content\.labelled is not open to choice'):
        UnpairedChips(dict(data_root='a', labelled=True), dict(data_root='b'), PIPELINE)
    with pytest.raises(ConfigError, match="by='pose'"):
        build(PairedChips, chips, by='pose')
    with pytest.raises(DataError, match='is not a folder'):
        build(UnpairedChips, tmp_path)
    with pytest.raises(ConfigError, match='size=0'):
        RandomChipCrop(0)
    with pytest.raises(DataError, match=r'fewer than RandomChipCrop\.size=20'):
        build(UnpairedChips, chips, augment=[dict(type='mmsar.RandomChipCrop', size=20)])[0]


def test_preprocessor_maps_to_both_sides_of_zero():
    images = {'img_content': [torch.full((1, 2, 2), 0.25)] * 2, 'img_style': torch.ones(2, 1, 2, 2)}
    labels = {'content': [0, 2], 'style': [1, 1]}
    data = TwoSensorsPreprocessor()({'inputs': images, 'labels': labels}, True)
    assert torch.equal(data['inputs']['img_content'], torch.full((2, 1, 2, 2), -0.5))
    assert torch.equal(data['inputs']['img_style'], torch.ones(2, 1, 2, 2))
    assert data['labels']['content'].tolist() == [0, 2]
    assert TwoSensorsPreprocessor()({'inputs': images})['labels'] is None
    for bad, message in (
        ([torch.zeros(1, 2, 2), torch.zeros(1, 2, 3)], 'CentreCropOrPad'),
        ([torch.zeros(3, 2, 2)], 'one channel'),
        ([torch.full((1, 2, 2), torch.nan)], r'\[0, 1\]'),
        ([torch.full((1, 2, 2), 255.0)], r'set out=\(0\.0, 1\.0\)'),
    ):
        with pytest.raises(DataError, match=message):
            TwoSensorsPreprocessor()({'inputs': {**images, 'img_content': bad}})
