"""Pairs of images from phase history."""

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from scipy.io import savemat
from scipy.ndimage import maximum_filter
from torch.utils.data import DataLoader
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.datasets import PhaseHistoryPairs
from mmsar.datasets.restoration.phase_history import build_source
from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.restoration.point_scores import profile, width_3db
from mmsar.evaluation.restoration.radar_scores import image_entropy
from mmsar.registry import DATASETS
from mmsar.simulation.isar import form_image, polar_spectrum

FEW = {'kind': 'spacecraft', 'pairs': 6, 'spacecraft': 3}


@pytest.mark.parametrize('scale', [2, 3, 4])
def test_a_pair(scale):
    data = PhaseHistoryPairs(FEW, scale=scale, sinc=True)
    sample = data[4]
    assert sample['gt'].shape == sample['sinc'].shape == (144, 144, 1)
    assert sample['img'].shape == (144 // scale, 144 // scale, 1)
    assert {sample[key].dtype for key in ('gt', 'img', 'sinc')} == {np.dtype('float32')}
    assert sample['img'].max() == pytest.approx(1)
    assert sample['img_raster'].domain == 'amplitude'
    assert sample['img_raster'].pixel_spacing[0] == pytest.approx(
        scale * sample['gt_raster'].pixel_spacing[0]
    )
    # The zeros around the spectrum show the same at the same places, at the lower resolution.
    blocks = sample['sinc'].reshape(144 // scale, scale, -1, scale).mean((1, 3))
    assert np.corrcoef(blocks.ravel(), sample['img'].ravel())[0, 1] > 0.97
    energy = np.square(sample['gt'])
    assert energy[36:108, 36:108].sum() > 0.97 * energy.sum()


def test_points_are_where_they_are_said_to_be():
    source = {'kind': 'two-points', 'separations': [12.0], 'pairs': 4, 'snr_db': None}
    for scale in (2, 4):
        for sample in PhaseHistoryPairs(source, scale=scale):
            for place in sample['points']:
                for key, factor in (('gt', 1), ('img', scale)):
                    row, column = (place + 0.5) / factor - 0.5
                    image = sample[key][..., 0]
                    part = image[
                        max(0, round(row) - 2) : round(row) + 3,
                        max(0, round(column) - 2) : round(column) + 3,
                    ]
                    found = np.unravel_index(part.argmax(), part.shape)
                    found += np.maximum(0, np.round([row, column]).astype(int) - 2)
                    assert np.abs(found - (row, column)).max() <= 0.55
        assert sample['key'] == 'sep12.00_003'


def test_it_depends_on_the_number_alone(tmp_path):
    plain = PhaseHistoryPairs(FEW, scale=4)
    kept = PhaseHistoryPairs(FEW, scale=4, cache_dir=tmp_path)
    assert not np.array_equal(plain[0]['gt'], plain[3]['gt'])  # one spacecraft, other views
    loaders = [
        DataLoader(data, 2, num_workers=workers, collate_fn=list)
        for data, workers in ((plain, 0), (plain, 2), (kept, 0), (kept, 2))
    ]
    rounds = [[sample for batch in loader for sample in batch] for loader in loaders]
    for samples in rounds[1:]:
        for found, expected in zip(samples, rounds[0], strict=True):
            np.testing.assert_array_equal(found['gt'], expected['gt'])
            np.testing.assert_array_equal(found['img'], expected['img'])
            assert found['gt_raster'] == expected['gt_raster']
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.glob('*.npz'))) == 6
    assert 'RandomSpacecraft' in (folder / 'settings.txt').read_text()
    # Other settings have a folder of their own.
    PhaseHistoryPairs(FEW, scale=2, cache_dir=tmp_path)[0]
    assert len(list(tmp_path.iterdir())) == 2
    (folder / '000001.npz').write_bytes(b'PK\x03\x04')
    with pytest.raises(DataError, match='delete it, and it is made again'):
        kept[1]
    other = PhaseHistoryPairs({**FEW, 'seed': 1}, scale=4)
    assert not np.array_equal(other[0]['gt'], plain[0]['gt'])


def test_noise_and_motion_are_in_the_low_resolution_alone():
    clean, noisy, moved = (
        PhaseHistoryPairs({**FEW, 'snr_db': snr, **more}, scale=2)[1]
        for snr, more in ((None, {}), (5, {}), (None, {'quadratic': 9.0, 'jitter': 1.0}))
    )
    for other in (noisy, moved):
        gt = other['gt'] * other['img_reference']
        np.testing.assert_allclose(gt, clean['gt'] * clean['img_reference'], rtol=1e-5, atol=1e-5)
        assert image_entropy(other['img'][..., 0]) > image_entropy(clean['img'][..., 0]) + 0.1
    received = PhaseHistoryPairs({**FEW, 'snr_db': 5}, scale=2, truth='received')[1]
    assert image_entropy(received['gt'][..., 0]) > image_entropy(noisy['gt'][..., 0]) + 0.1
    energy = PhaseHistoryPairs(FEW, scale=2, level='energy')[1]['img_reference']
    assert energy == pytest.approx(PhaseHistoryPairs(FEW, scale=2)[1]['img_reference'] / 2)


def test_the_pipelines_of_the_config():
    config = load_config(ROOT / 'configs/ssnet/ssnet-tiny_x4_1xb8-5k_spacecraft.py')
    init_default_scope('mmagic')
    for loader, size in ((config.train_dataloader, 16), (config.test_dataloader, 36)):
        settings = loader.dataset.get('dataset', loader.dataset)
        settings.cache_dir = None
        item = DATASETS.build(settings)[7]
        assert item['inputs'].shape == (1, size, size)
        truth = item['data_samples'].gt_img
        assert truth.shape == (1, 4 * size, 4 * size)
        assert (truth.dtype, float(truth.min()) >= 0) == (torch.float32, True)
        # A patch of training lies around what is bright; the test has whole images.
        assert (0.1 if size == 16 else 0.5) < float(truth.max()) <= 1
        assert float(item['inputs'].max()) <= 0.9601  # 48 dB of 50
    assert float(item['inputs'].max()) > 0.95
    assert item['data_samples'].sinc.shape == (144, 144, 1)
    assert item['data_samples'].key == 'classic_view03_snr10'


def test_measured_phase_history(tmp_path):
    rng = np.random.default_rng(0)
    radar = {'centre_frequency': 10e9, 'bandwidth': 1e9, 'aperture': 3.0}
    values = rng.normal(size=(50, 61)) + 1j * rng.normal(size=(50, 61))
    savemat(tmp_path / 'a.mat', {'S': values})
    np.save(tmp_path / 'b.npy', values.T)
    files = [str(tmp_path / name) for name in ('a.mat', 'b.npy')]
    data = PhaseHistoryPairs({'kind': 'measured', 'files': files[:1], 'radar': radar}, scale=2)
    sample = data[0]
    # 50 x 61 samples to 48 x 60; 1.2 times as many pixels
    assert sample['gt'].shape == (60, 72, 1)
    other = {'kind': 'measured', 'files': files[1:], 'radar': radar, 'transposed': True}
    again = PhaseHistoryPairs(other, scale=2)[0]
    np.testing.assert_allclose(again['gt'], sample['gt'], rtol=1e-4, atol=1e-5)
    np.save(tmp_path / 'real.npy', np.abs(values))
    wrong = {'kind': 'measured', 'files': [str(tmp_path / 'real.npy')], 'radar': radar}
    with pytest.raises(DataError, match=r'real\.npy is no phase history'):
        PhaseHistoryPairs(wrong)[0]


def test_the_measured_aircraft(shared):
    source = {'kind': 'aircraft', 'folder': str(shared / 'data/isar_aircraft')}
    images = {}
    for imaging in ('polar', 'range-doppler'):
        data = PhaseHistoryPairs(source, scale=2, imaging=imaging, taps=6, window='none')
        images[imaging] = data[0]
    sample = images['polar']
    image = sample['gt'][..., 0]
    assert image.shape == (600, 360)
    # 1.17 and 1.15 cm, of which polar format loses some percent
    spacing = sample['gt_raster'].pixel_spacing
    resolution = np.array(spacing) * 1.2
    assert resolution == pytest.approx([0.0117, 0.0115], rel=0.06)
    # The strongest points, on four pixels a cell
    recording = build_source(source).record(0)
    fine = np.abs(
        form_image(polar_spectrum(recording.received, recording.radar, taps=6), (2000, 1200))
    )
    places = np.argwhere(fine == maximum_filter(fine, 9))
    strongest = places[np.argsort(-fine[tuple(places.T)])][:8]
    for axis in (0, 1):
        widths = [width_3db(profile(fine, place, axis, 12)) / 16 / 4 for place in strongest]
        assert np.median(widths) == pytest.approx(0.886, rel=0.15)
    # An aircraft in the middle of the turntable; polar format focuses it better.
    energy = np.square(image)
    assert energy[240:360, 130:230].sum() > 0.5 * energy.sum()
    assert image_entropy(image) < image_entropy(images['range-doppler']['gt'][..., 0]) - 0.05


def test_wrong_settings(tmp_path):
    for source, message in (
        ({}, 'kind=None; choose one of spacecraft, benchmark'),
        ({'kind': 'benchmark', 'views': 3}, "kind benchmark has no 'views'; it takes nothing"),
        ({'kind': 'spacecraft', 'part': 'test'}, "part='test'; choose 'train' or 'val'"),
        ({'kind': 'spacecraft', 'snr_db': (9, 3)}, r'snr_db=\(9, 3\); give decibels'),
        ({'kind': 'spacecraft', 'radar': {'band': 'X'}}, 'it takes centre_frequency, bandwidth'),
        ({'kind': 'two-points', 'separations': [0]}, 'separations='),
        ({'kind': 'measured', 'files': 'a.mat'}, 'give a list of files'),
        ({'kind': 'measured', 'files': ['a']}, 'radar has no aperture'),
    ):
        with pytest.raises(ConfigError, match=message):
            PhaseHistoryPairs(source)
    for settings, message in (
        ({'imaging': 'backprojection'}, "imaging='backprojection'; choose one of polar"),
        ({'truth': 'hr'}, "truth='hr'"),
        ({'scale': 2.0}, r'scale=2\.0'),
        ({'pixels': 100}, 'pixels=100 must be a multiple of scale=4 and at least samples=120'),
    ):
        with pytest.raises(ConfigError, match=message):
            PhaseHistoryPairs(FEW, **settings)
    with pytest.raises(DataError, match='does not exist; download it'):
        PhaseHistoryPairs({'kind': 'aircraft', 'folder': str(tmp_path)})[0]
    assert Compose([])(PhaseHistoryPairs(FEW)[0])['scale'] == 4
