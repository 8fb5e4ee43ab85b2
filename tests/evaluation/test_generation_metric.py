"""The metric of generated images, as a runner uses it."""

import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import DATASETS, MODELS
from PIL import Image
from speckle_sets import speckle
from torch import nn

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import SARGenerationMetric
from mmsar.evaluation.generation.samples import to_amplitude
from mmsar.io import write_raster

CLASSES = ('tank', 'truck')
SETTINGS = {'patch': 8, 'levels': 8, 'splits': 2, 'subsets': 10}


@pytest.fixture(scope='module')
def real_folder(tmp_path_factory):
    """Eight images of each of two classes, 8 bits."""
    folder = tmp_path_factory.mktemp('real')
    for label, name in enumerate(CLASSES):
        for number, image in enumerate(speckle(8, seed=label, gain=50 * (label + 1))):
            path = folder / name / f'{number}.png'
            write_raster(path, image.clip(0, 255), dtype='uint8')
    return folder


def samples(looks=1.0, seed=7, gains=(50, 100), labels=True):
    """Return what a model gives, in [0, 1] and three equal channels."""
    found = []
    for label, gain in enumerate(gains):
        for image in speckle(8, looks, seed=seed + label, gain=gain):
            pred = torch.from_numpy(image.clip(0, 255) / 255).expand(3, -1, -1)
            sample = {'output': {'pred_img': pred}, 'key': f'{label}_{len(found)}'}
            found.append(sample | ({'gt_label': torch.tensor([label])} if labels else {}))
    return found


def evaluate(metric, given, classes=CLASSES):
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = {'classes': classes}
    evaluator.process(data_samples=given[:5])
    evaluator.process(data_samples=given[5:])
    return evaluator.evaluate(len(given))


def config_of(folder):
    steps = [
        {'type': 'mmsar.LoadSARImage', 'channels': 1},
        {'type': 'mmsar.StretchSAR', 'rule': '8bit', 'out': (0, 1)},
    ]
    return {'type': 'mmsar.SARChips', 'data_root': str(folder), 'labelled': True, 'pipeline': steps}


def test_metric_with_classes(real_folder, tmp_path):
    metric = SARGenerationMetric(
        config_of(real_folder),
        settings=SETTINGS,
        out_file=tmp_path / 'out.json',
        picture=tmp_path / 'out.png',
        prefix='made',
    )
    found = evaluate(metric, samples(3))
    assert found['made/ENL_ratio'] == pytest.approx(3, rel=0.1)
    assert found['made/tank/ENL_ratio'] == pytest.approx(3, rel=0.15)
    assert found['made/truck/amplitude_KS'] > 0.1
    assert 'made/KID' not in found
    assert not any('tank/GLCM_' in name for name in found)
    content = json.loads((tmp_path / 'out.json').read_text())
    assert content['figures'] == {
        name[5:]: value for name, value in found.items() if name.count('/') == 1
    }
    assert content['by_class']['truck']['ENL_ratio'] == found['made/truck/ENL_ratio']
    assert content['images'] == {'real': 16, 'generated': 16}
    assert content['floor']['amplitude_KS'] < found['made/amplitude_KS']
    with Image.open(tmp_path / 'out.png') as picture:
        assert min(picture.size) > 500
    # Again with better images, as in the next validation; one class is missing.
    better = evaluate(metric, samples()[:8])
    assert better['made/ENL_ratio'] < 1.15 < found['made/ENL_ratio']
    assert 'made/truck/ENL_ratio' not in better
    notes = json.loads((tmp_path / 'out.json').read_text())['notes']
    assert 'no figures of class truck: 8 real and 0 generated images' in notes


def test_folder_and_features(real_folder, tmp_path):
    @MODELS.register_module(name='TestPower', force=True)
    class Power(nn.Module):
        def __init__(self, init_cfg=None):
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 1)

        def forward(self, images):
            return torch.cat([self.conv(images), images.square()], 1)

    weights = tmp_path / 'weights.pth'
    torch.save(Power().state_dict(), weights)
    network = {'backbone': {'type': 'mmengine.TestPower'}, 'checkpoint': weights, 'std': [255]}
    given = samples(labels=False)
    metric = SARGenerationMetric(str(real_folder), features=network, settings=SETTINGS)
    near = evaluate(metric, given)
    far = evaluate(metric, samples(gains=(150, 200)))
    assert near['precision'] > 0.5 > far['precision']
    assert far['KID'] > 3 * abs(near['KID'])
    assert far['KID_error'] > 0
    # The same images with another range, and in decibels
    signed = [{'pred_img': 2 * sample['output']['pred_img'] - 1} for sample in given]
    other = SARGenerationMetric(str(real_folder), (-1, 1), settings=SETTINGS)
    found = evaluate(other, signed)
    assert {name: found[name] for name in found} == pytest.approx(
        {name: near[name] for name in found}, rel=1e-3
    )


def test_domains():
    share = np.array([[[0.0, 0.25, 1.5]]], np.float32)
    assert to_amplitude(share, (0, 1), 'amplitude', None).ravel().tolist() == [0, 0.25, 1]
    assert to_amplitude(share, (0, 1), 'intensity', None).ravel().tolist() == [0, 0.5, 1]
    decibels = to_amplitude(share, (0, 1), 'amplitude', (-60, 20))
    assert decibels.ravel() == pytest.approx([0, 10**-2, 10], rel=1e-5)


@DATASETS.register_module(name='TestPictures', force=True)
class Pictures:
    metainfo = {}

    def __init__(self, images, key):
        self.images, self.key = images, key

    def __len__(self):
        return len(self.images)

    def __getitem__(self, number):
        return {self.key: self.images[number]}


def test_bad_samples_and_settings(real_folder, tmp_path):
    ready = list(torch.rand(6, 1, 32, 32))
    reference = {'type': 'mmengine.TestPictures', 'images': ready, 'key': 'inputs'}

    def run(given=None, **changed):
        metric = SARGenerationMetric(**{'reference': reference, 'settings': SETTINGS, **changed})
        return evaluate(metric, given or samples(labels=False), None)

    assert run()['ENL_ratio'] > 0
    with pytest.raises(DataError, match=r'0_0 has no output\.pred_img, nor pred_img'):
        run([{'output': {}, 'key': '0_0'}])
    colour = samples()[:2]
    colour[1]['output']['pred_img'] = torch.rand(3, 32, 32)
    with pytest.raises(DataError, match='0_1 has 3 channels that differ'):
        run(colour)
    small = [*samples()[:3], {'pred_img': torch.rand(1, 16, 32)}]
    with pytest.raises(DataError, match=r'generated images have 2 sizes, such as \(16, 32\)'):
        run(small)
    broken = samples()
    broken[3]['output']['pred_img'] = broken[3]['output']['pred_img'] * torch.nan
    with pytest.raises(DataError, match=r'have values that are not finite.*: 0_3'):
        run(broken)
    with pytest.raises(DataError, match='real images are 32 x 32 pixels, generated ones 8 x 8'):
        run([{'pred_img': torch.rand(1, 8, 8)} for _ in range(3)])
    with pytest.raises(DataError, match='has neither img nor inputs, but picture'):
        run(reference={**reference, 'key': 'picture'})
    sixteen = tmp_path / 'sixteen'
    for number, image in enumerate(speckle(3, gain=3000)):
        write_raster(sixteen / f'{number}.png', image, dtype='uint16')
    with pytest.raises(DataError, match='holds uint16 values; say how to map them'):
        run(reference=str(sixteen))
    stretch = {'rule': 'fixed', 'low': 0, 'high': 12000}
    assert run(reference=str(sixteen), stretch=stretch)['ENL_ratio'] > 0
    with pytest.raises(ConfigError, match='stretch is for a folder'):
        run(stretch=stretch)
    with pytest.raises(ConfigError, match="domain='db'; choose amplitude or intensity"):
        run(domain='db')
    with pytest.raises(ConfigError, match=r'value_range=\(1, 0\)'):
        run(value_range=(1, 0))
    with pytest.raises(ConfigError, match="unexpected keyword argument 'patches'"):
        run(settings={'patches': 3})
