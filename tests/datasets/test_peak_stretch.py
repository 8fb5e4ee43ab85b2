"""StretchSAR(rule='peak'): decibels above the largest value of a scene."""

import numpy as np
import pytest

from mmsar.datasets.percentiles import scene_percentiles
from mmsar.datasets.transforms import LoadSARImage, StretchSAR
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, convert_domain, open_raster, write_raster

PEAK = {'rule': 'peak', 'low': -40, 'high': 10, 'out': (0.0, 1.0)}


def sample(array, domain='amplitude'):
    meta = RasterMeta((*array.shape, 1), 'float32', domain=domain)
    return {'img': array[..., None].astype(np.float32), 'img_raster': meta}


def lonely():
    """A scene of which percentiles take every third row and column, with one bright pixel."""
    scene = np.random.default_rng(0).rayleigh(10, (1300, 1300)).astype(np.float32)
    scene[601, 700] = 5000
    return scene


@pytest.mark.parametrize('domain', ['amplitude', 'intensity', 'db'])
def test_the_formula(domain):
    amplitude = np.array([[2.0, 0.2, 0.02, 1e-6]], np.float32)
    image = StretchSAR(**PEAK)(sample(convert_domain(amplitude, 'amplitude', domain), domain))
    expected = [40 / 50, 20 / 50, 0, 0]
    np.testing.assert_allclose(image['img'][0, :, 0], expected, atol=1e-5)


def test_the_scale_of_a_scene_does_not_count_and_comes_back():
    scene = lonely()
    images = [StretchSAR(**PEAK)(sample(scale * scene)) for scale in (1, 300)]
    np.testing.assert_allclose(images[0]['img'], images[1]['img'], atol=1e-5)
    back = images[1]['img_stretch'].invert(images[1]['img'])[..., 0]
    inside = scene > 50.1  # 40 dB below the peak
    np.testing.assert_allclose(back[inside], 300 * scene[inside], rtol=1e-4)


def test_one_bright_pixel_is_not_missed(tmp_path):
    scene = lonely()
    file = tmp_path / 'a.tif'
    write_raster(file, scene, RasterMeta((1300, 1300, 1), 'float32', domain='amplitude'))
    with open_raster(file) as raster:
        values = scene_percentiles(raster, levels=(0, 50, 100))
    assert (values['0'], values['100']) == (scene.min(), 5000)
    loaded = LoadSARImage()({'img_path': str(file)})
    whole = StretchSAR(**PEAK)(loaded)
    assert whole['img'].max() == pytest.approx(40 / 50, abs=1e-5)
    percentile = StretchSAR('percentile', low=0, high=100)(sample(scene))['img_stretch']
    assert (percentile.low, percentile.high) == (values['0'], values['100'])
    tile = sample(scene[:100, :100]) | {'img_percentiles': values}
    cut = StretchSAR(**PEAK)(tile)['img']
    np.testing.assert_allclose(cut, whole['img'][:100, :100], atol=1e-6)


def test_scenes_without_a_peak():
    with pytest.raises(DataError, match='no value above zero'):
        StretchSAR(**PEAK)(sample(np.zeros((4, 4))))
    with pytest.raises(ConfigError, match='right behind LoadSARImage'):
        StretchSAR(**PEAK)(sample(np.ones((4, 4))) | {'ori_img_shape': (8, 8, 1)})
    with pytest.raises(ConfigError, match='must know what the values'):
        StretchSAR(**PEAK)(sample(np.ones((4, 4)), None))
    with pytest.raises(ConfigError, match='power'):
        StretchSAR(**PEAK, power=0.5)
