"""Steps of the pipelines of pairs: both images are treated alike."""

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from pair_sets import write_pair

from mmsar.datasets import OpticalSARPairs
from mmsar.datasets.transforms import (
    LoadSARImage,
    PackPair,
    PairCrop,
    PairFlip,
    PairResize,
    StretchSAR,
)
from mmsar.errors import ConfigError, DataError
from mmsar.io import write_raster
from mmsar.structures import PairSample

ROWS, COLUMNS = 12, 16


def numbered(**more):
    """Return a sample whose pixels are numbered; the optical ones are 1000 more."""
    sar = np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS, 1)
    return {'sar': sar, 'optical': np.concatenate([sar + 1000] * 3, 2), 'label': 1, **more}


def test_crops_are_of_one_place_and_uniform():
    crop = PairCrop(5)
    np.random.seed(0)
    places = set()
    for _ in range(900):
        results = crop(numbered())
        assert results['sar'].shape == (5, 5, 1)
        assert results['optical'].shape == (5, 5, 3)
        assert (results['optical'] == results['sar'] + 1000).all()
        places.add(divmod(int(results['sar'][0, 0, 0]), COLUMNS))
    assert places == {(r, c) for r in range(ROWS - 4) for c in range(COLUMNS - 4)}


def test_a_crop_that_is_not_random_is_the_middle():
    results = PairCrop(6, random=False)(numbered())
    assert results['sar'][0, 0, 0] == 3 * COLUMNS + 5
    assert results['optical'][-1, -1, 0] == 1000 + 8 * COLUMNS + 10


def test_windows_are_cut_each_from_its_image():
    results = PairCrop()(numbered(sar_window=(0, 4, 4, 4), optical_window=(8, 12, 4, 4)))
    assert results['sar'][0, 0, 0] == 4
    assert results['optical'][0, 0, 0] == 1000 + 8 * COLUMNS + 12
    assert 'sar_window' not in results
    smaller = PairCrop(2, random=False)(
        numbered(sar_window=(0, 4, 4, 4), optical_window=(8, 12, 4, 4))
    )
    assert smaller['sar'][0, 0, 0] == COLUMNS + 5


def test_flips_are_the_same_for_both_and_give_all_eight():
    square = numbered()
    for key in ('sar', 'optical'):
        square[key] = square[key][:, :ROWS]
    flip = PairFlip(transpose=0.5)
    np.random.seed(0)
    seen = {}
    for _ in range(400):
        results = flip(dict(square))
        assert (results['optical'] == results['sar'] + 1000).all()
        image = results['sar'][..., 0]
        seen[image.tobytes()] = seen.get(image.tobytes(), 0) + 1
    plain = square['sar'][..., 0]
    wanted = [np.rot90(base, turns) for base in (plain, plain.T) for turns in range(4)]
    assert {np.ascontiguousarray(image).tobytes() for image in wanted} == set(seen)
    assert min(seen.values()) > 25
    untouched = PairFlip(0, 0)(dict(square))
    assert untouched['sar'] is square['sar']


@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_resizing_keeps_types_and_means(dtype):
    generator = np.random.default_rng(0)
    sample = {
        'sar': generator.integers(0, 256, (64, 64, 1)).astype(dtype),
        'optical': generator.integers(0, 256, (32, 32, 3)).astype(dtype),
    }
    results = PairResize(32)(dict(sample))
    assert results['sar'].shape == (32, 32, 1)
    assert results['sar'].dtype == results['optical'].dtype == dtype
    means = sample['sar'].reshape(32, 2, 32, 2).mean((1, 3))
    assert abs(results['sar'][..., 0] - means).max() <= (0.5 if dtype == np.uint8 else 1e-4)
    assert results['optical'] is sample['optical']
    larger = PairResize(64)(dict(sample))['optical']
    assert larger.shape == (64, 64, 3)
    assert larger.dtype == dtype


def test_packing_keeps_what_is_known():
    meta = {
        f'{key}_{name}': f'{key} {name}' for key in ('sar', 'optical') for name in ('path', 'id')
    }
    results = PackPair()(PairFlip(1, 1)(numbered(**meta, sar_group=None, sample_idx=3)))
    sar, optical = results['inputs']['sar'], results['inputs']['optical']
    assert sar.shape == (1, ROWS, COLUMNS)
    assert optical.shape == (3, ROWS, COLUMNS)
    assert sar.dtype == torch.float32
    assert sar[0, 0, 0] == ROWS * COLUMNS - 1
    assert torch.equal(optical[2], sar[0] + 1000)
    sample = results['data_samples']
    assert isinstance(sample, PairSample)
    assert sample.label.shape == ()
    assert sample.label == 1
    assert sample.metainfo == {**meta, 'sar_group': None}
    batch = pseudo_collate([results, results])
    assert [tensor.shape for tensor in batch['inputs']['optical']] == [optical.shape] * 2
    assert batch['data_samples'] == [sample, sample]
    uint8 = PackPair()({**numbered(), 'sar': np.zeros((ROWS, COLUMNS, 1), np.uint8)})
    assert uint8['inputs']['sar'].dtype == torch.uint8


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda: PairCrop(0), 'PairCrop: size=0'),
        (lambda: PairResize(0), 'PairResize: size=0'),
        (lambda: PairFlip(vertical=1.5), r'vertical=1\.5 is not a probability'),
        (lambda: PairCrop(13)(numbered(sar_path='a.png')), r'a\.png has 16 x 12 pixels here'),
        (
            lambda: PairCrop(4)(numbered(optical=np.zeros((8, 9, 3)), optical_path='b.png')),
            r'b\.png has 9 x 8: .* one size \(dict\(type=.mmsar\.PairResize',
        ),
        (lambda: PairCrop()(numbered(optical=np.zeros((8, 9, 3)))), 'has 9 x 8: register them'),
        (lambda: PackPair()(numbered(optical=np.zeros((8, 9, 3)))), 'has 9 x 8: register them'),
        (
            lambda: PackPair()(numbered(sar_window=(0, 0, 4, 4))),
            r"add dict\(type='mmsar\.PairCrop'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises((ConfigError, DataError), match=message):
        call()


def read_with(root, image, channels=1):
    """Read a pair whose SAR image is ``image`` through the usual pipeline."""
    for stem in 'ab':
        write_pair(root, stem, 7)
    write_raster(root / 'sar' / 'a.png', image)
    pipeline = [
        LoadSARImage(key='sar', channels=channels),
        StretchSAR('8bit', key='sar'),
        LoadSARImage(key='optical', channels=3),
        StretchSAR('8bit', key='optical'),
        PackPair(),
    ]
    dataset = OpticalSARPairs(
        str(root), data_prefix={'sar': 'sar', 'optical': 'optical'}, pipeline=pipeline
    )
    return dataset[0]


def test_16_bit_sar_needs_a_stretch(tmp_path):
    with pytest.raises(DataError, match=r"a\.png holds uint16 values.*rule='db'"):
        read_with(tmp_path, np.full((ROWS, COLUMNS), 300, np.uint16))


def test_colour_sar_must_be_grey_or_say_which_band(tmp_path):
    grey = np.repeat(np.arange(ROWS * COLUMNS, dtype=np.uint8).reshape(ROWS, COLUMNS, 1), 3, 2)
    item = read_with(tmp_path, grey)
    assert item['inputs']['sar'].shape == (1, ROWS, COLUMNS)
    assert item['inputs']['sar'][0, 0, 5] == 5
    assert (item['inputs']['optical'] == 7).all()
    assert read_with(tmp_path, grey, channels=3)['inputs']['sar'].shape == (3, ROWS, COLUMNS)
    grey[0, 0, 1] = 99
    with pytest.raises(DataError, match=r'a\.png has 3 different bands.*channels=1'):
        read_with(tmp_path, grey)
