"""Pairs of a low and a high resolution."""

import re

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from PIL import Image
from toy_bridge import ROOT
from toy_isar import make_folder, satellite

from mmsar.apis import load_config
from mmsar.datasets.transforms import MakeLowResolution, ScaledPairCrop
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, write_raster
from mmsar.randomness import seed_host
from mmsar.registry import DATASETS

LOAD = [{'type': 'mmsar.LoadSARImage', 'key': 'gt', 'channels': 1},
        {'type': 'mmsar.MakeLowResolution'}]  # fmt: skip


def build(root, **settings):
    init_default_scope('mmagic')
    settings = {'data_prefix': {'gt': 'train'}, 'pipeline': LOAD, **settings}
    return DATASETS.build({'type': 'mmsar.ISARPairs', 'data_root': str(root), **settings})


def test_a_folder(tmp_path):
    make_folder(tmp_path, size=50)
    for degradation in ('bicubic', 'spectral'):
        data = build(tmp_path, scale=3, degradation=degradation)
        assert len(data) == 8
        sample = data[2]
        assert sample['key'] == '02'
        truth = satellite(2, 50)[:48, :48]
        np.testing.assert_array_equal(sample['gt'][..., 0], truth)
        low = sample['img']
        assert (low.shape, low.dtype) == ((16, 16, 1), np.float32)
        assert low.min() >= 0
        blocks = truth.reshape(16, 3, 16, 3).mean((1, 3))
        assert np.corrcoef(low.ravel(), blocks.ravel())[0, 1] > 0.9


def test_low_resolutions_of_their_own(tmp_path):
    make_folder(tmp_path)
    (tmp_path / 'low').mkdir()
    for number in range(8):
        np.save(tmp_path / 'low' / f'{number:02d}.npy', np.full((24, 24), number, np.float32))
    load = [LOAD[0], {'type': 'mmsar.LoadSARImage', 'key': 'img'}, LOAD[1]]
    folders = {'gt': 'train', 'img': 'low'}
    sample = build(tmp_path, scale=2, data_prefix=folders, pipeline=load)[3]
    assert (sample['img'] == 3).all()
    assert sample['gt'].shape == (48, 48, 1)
    with pytest.raises(DataError, match=r'with scale=4 the first must have 96 x 96'):
        build(tmp_path, scale=4, data_prefix=folders, pipeline=load)[3]


def test_complex_images_are_cut_with_their_phase(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / 'train').mkdir()
    image = (rng.normal(size=(48, 48)) + 1j * rng.normal(size=(48, 48))).astype(np.complex64)
    np.save(tmp_path / 'train' / 'a.npy', image)
    load = [{'type': 'mmsar.LoadSARImage', 'key': 'gt', 'domain_out': 'complex'}, LOAD[1]]
    sample = build(tmp_path, scale=2, degradation='spectral', pipeline=load)[0]
    np.testing.assert_allclose(sample['gt'][..., 0], np.abs(image), rtol=1e-6)
    assert sample['img_raster'].domain == 'amplitude'
    # Speckle keeps its energy; the mean of its amplitudes alone would be smooth.
    assert np.square(sample['img']).mean() == pytest.approx(2, rel=0.15)
    assert sample['img'].std() / sample['img'].mean() == pytest.approx(0.523, rel=0.15)


@pytest.mark.parametrize('degradation', ['bicubic', 'spectral'])
@pytest.mark.parametrize('nothing', [np.nan, np.inf, 60000])
def test_pixels_without_data_do_not_spread(tmp_path, degradation, nothing):
    (tmp_path / 'train').mkdir()
    image = satellite(1).astype(np.float32) + 3
    low = []
    for number in (3, nothing):  # the image's smallest value
        image[20:22, 30] = number
        meta = RasterMeta((48, 48, 1), '', nodata=60000)
        write_raster(tmp_path / 'train' / 'a.tif', image, meta)
        sample = build(tmp_path, scale=2, degradation=degradation)[0]
        assert (sample['gt'][20:22, 30] == 3).all()
        low.append(sample['img'])
    np.testing.assert_array_equal(*low)
    write_raster(tmp_path / 'train' / 'a.tif', np.full((8, 8), 60000.0, np.float32), meta)
    with pytest.raises(DataError, match=r'a\.tif has no pixel with data'):
        build(tmp_path)[0]


def test_complex_images_beside_low_resolutions_of_their_own(tmp_path):
    for name, size in (('train', 8), ('low', 4)):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / 'a.npy', np.full((size, size), 3 + 4j, np.complex64))
    load = [{'type': 'mmsar.LoadSARImage', 'key': key, 'domain_out': 'complex'}
            for key in ('gt', 'img')]  # fmt: skip
    folders = {'gt': 'train', 'img': 'low'}
    sample = build(tmp_path, scale=2, data_prefix=folders, pipeline=[*load, LOAD[1]])[0]
    for key, size in (('gt', 8), ('img', 4)):
        np.testing.assert_array_equal(sample[key], np.full((size, size, 1), 5, np.float32))
        assert sample[f'{key}_raster'].domain == 'amplitude'


def test_the_pipeline_of_the_config(tmp_path):
    make_folder(tmp_path)
    config = load_config(ROOT / 'configs/ssnet/ssnet-tiny_x4_1xb8-3k_isar.py')
    init_default_scope('mmagic')
    steps = config.train_dataloader.dataset.dataset.pipeline
    steps[4].size = 8
    pipeline = Compose(steps)
    samples = []
    for seed in (3, 3, 4):
        seed_host(seed)
        info = {'gt_path': str(tmp_path / 'train/01.png'), 'scale': 4, 'degradation': 'bicubic'}
        samples.append(pipeline({**info, 'key': 'a'}))
    assert samples[0]['inputs'].shape == (1, 8, 8)
    truth = samples[0]['data_samples'].gt_img
    assert (truth.shape, truth.dtype) == ((1, 32, 32), torch.float32)
    assert float(truth.max()) <= 1
    assert torch.equal(samples[0]['inputs'], samples[1]['inputs'])
    assert not torch.equal(samples[0]['inputs'], samples[2]['inputs'])


def test_the_config_for_16_bits_in_the_docs(tmp_path):
    page = (ROOT / 'docs/ssnet.md').read_text(encoding='utf-8')
    (text,) = re.findall(r"```python\n(_base_ = '\./.*?)```", page, re.DOTALL)
    path = tmp_path / 'mine.py'
    path.write_text(text.replace("'./", f"'{ROOT}/configs/ssnet/"), encoding='utf-8')
    config = load_config(path)
    Image.fromarray(satellite(1).astype(np.uint16) * 200).save(tmp_path / '1.png')
    init_default_scope('mmagic')
    for dataset in (config.train_dataloader.dataset.dataset, config.test_dataloader.dataset):
        pipeline = Compose(dataset.pipeline[:4])
        sample = pipeline(
            {'gt_path': str(tmp_path / '1.png'), 'scale': 4, 'degradation': 'bicubic'}
        )
        assert sample['gt'].max() == pytest.approx(255 * 200 / 65535)
        assert (sample['img'].shape, sample['gt'].shape) == ((12, 12, 1), (48, 48, 1))


def test_crops_fit_one_another_and_avoid_black():
    gt = np.zeros((60, 80, 1), np.float32)
    gt[20:28, 32:40] = np.arange(64).reshape(8, 8, 1)
    img = gt[::4, ::4]
    seed_host(0)
    shown = 0
    for _ in range(20):
        out = ScaledPairCrop(4, foreground=0.0, attempts=50)(
            {'img': img, 'gt': gt, 'scale': 4, 'gt_path': 'a'}
        )
        assert out['gt'].shape == (16, 16, 1)
        np.testing.assert_array_equal(out['gt'][::4, ::4], out['img'])
        shown += out['gt'].max() > 0
    assert shown == 20
    with pytest.raises(DataError, match=r'ScaledPairCrop\(size=30\) needs more'):
        ScaledPairCrop(30)({'img': img, 'gt': gt, 'scale': 4, 'gt_path': 'a'})


def test_crops_around_what_is_bright():
    gt = np.zeros((60, 80, 1), np.float32)
    gt[2, 5] = gt[50:54, 70:74] = 1  # 1 and 16 pixels
    img = gt.reshape(15, 4, 20, 4).max((1, 3))[..., None]
    seed_host(0)
    crop = ScaledPairCrop(4, around=0.5)
    large, places = 0, set()
    for _ in range(200):
        out = crop({'img': img, 'gt': gt, 'scale': 4})
        np.testing.assert_array_equal(out['gt'].reshape(4, 4, 4, 4).max((1, 3)), out['img'][..., 0])
        assert out['gt'].max() == 1
        large += out['gt'].sum() > 1
        places.add(tuple(np.argwhere(out['gt'][..., 0])[0]))
    assert 170 <= large <= 199  # 16 of 17
    assert len(places) > 8  # anywhere within the square
    black = crop({'img': img * 0, 'gt': gt * 0, 'scale': 4})
    assert black['gt'].shape == (16, 16, 1)
    for wrong in ({'foreground': 0.0}, {'random': False}):
        with pytest.raises(ConfigError, match='around says where to cut'):
            ScaledPairCrop(4, around=0.5, **wrong)


def test_wrong_settings(tmp_path):
    for settings, error, message in (
        (
            {'degradation': 'blur'},
            ConfigError,
            "degradation='blur'; choose one of bicubic, spectral",
        ),
        (
            {'pipeline': [*LOAD, {'type': 'mmsar.StretchSAR', 'rule': 'percentile', 'key': 'gt'}]},
            ConfigError,
            "maps each image by its own values, so the two of a pair differ; choose rule='fixed'",
        ),
        ({'scale': 1.5}, ConfigError, r'scale=1\.5'),
        ({'data_prefix': {'hr': 'x'}}, ConfigError, 'data_prefix has hr'),
        ({'data_prefix': {'gt': 'none'}}, DataError, r'data_prefix\.gt .* is not a folder'),
    ):
        with pytest.raises(error, match=message):
            build(tmp_path, **settings)
    with pytest.raises(ConfigError, match="window='hann'; choose one of none, hamming, taylor"):
        MakeLowResolution(window='hann')
    Image.fromarray(np.zeros((2, 9), np.uint8)).save(tmp_path / 'a.png')
    with pytest.raises(DataError, match='fewer than 4 rows or columns'):
        build(tmp_path, data_prefix={}, scale=4)[0]
