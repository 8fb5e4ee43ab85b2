"""Radar values through the transforms, alone and in the pipelines of the three toolboxes."""

from functools import partial

import numpy as np
import pytest
from PIL import Image

from mmsar.datasets.transforms import (
    LoadSARImage,
    RandomRadiometry,
    SpeckleNoise,
    Stretch,
    StretchSAR,
)
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, convert_domain, write_raster
from mmsar.registry import TRANSFORMS

VALUES = np.array([[1.0, 300.0, 4000.0], [60000.0, 0.5, 7.25]], np.float32)


def load(tmp_path, array, domain=None, name='a.tif', **options):
    meta = RasterMeta((1, 1, 1), '', domain=domain, polarisations=('VV', 'VH')[: np.ndim(array)])
    write_raster(tmp_path / name, array, meta)
    return LoadSARImage(**options)({'img_path': str(tmp_path / name)})


def sample(array, domain):
    array = np.atleast_3d(np.asarray(array, np.float32))
    return {'img': array, 'img_raster': RasterMeta(array.shape, 'float32', domain=domain)}


@pytest.mark.parametrize(
    ('name', 'array'),
    [
        ('a.png', np.array([[300, 60000], [1, 0]], 'uint16')),
        ('a.tif', np.array([[300, 60000], [1, 0]], 'uint16')),
        ('a.tif', VALUES),
        ('a.npy', np.array([[-25.0, np.nan]], np.float32)),
        ('a.tif', np.random.default_rng(0).integers(0, 65535, (4, 5, 3), 'uint16')),
    ],
)
def test_without_arguments_no_value_changes(tmp_path, name, array):
    results = load(tmp_path, array, name=name)
    assert results['img'].dtype == np.float32
    np.testing.assert_array_equal(results['img'], np.atleast_3d(array))
    assert results['img_shape'] == results['ori_shape'] == array.shape[:2]
    assert results['img_raster'].dtype == str(array.dtype)


def test_complex_becomes_amplitude_or_two_channels(tmp_path):
    array = np.array([[3 + 4j, -300j]], np.complex64)
    assert load(tmp_path, array)['img'][..., 0].tolist() == [[5, 300]]
    assert load(tmp_path, array)['img_raster'].domain == 'amplitude'
    parts = load(tmp_path, array, domain_out='complex')['img']
    assert parts.tolist() == [[[3, 4], [0, -300]]]


@pytest.mark.parametrize('source', ['amplitude', 'intensity', 'db'])
@pytest.mark.parametrize('target', ['amplitude', 'intensity', 'db'])
def test_domains(tmp_path, source, target):
    decibels = np.array([[-25.0, 0.0, 31.5]])
    of = {
        'db': decibels,
        'intensity': 10 ** (decibels / 10),
        'amplitude': 10 ** (decibels / 20),
    }
    results = load(tmp_path, of[source].astype('f4'), domain=source, domain_out=target)
    np.testing.assert_allclose(results['img'][..., 0], of[target], rtol=1e-5, atol=1e-5)
    assert results['img_raster'].domain == target


def test_zero_has_finite_decibels_and_nan_stays():
    values = np.array([0, 1, np.nan], np.float32)
    for source in ('amplitude', 'intensity'):
        decibels = convert_domain(values, source, 'db')
        assert np.isfinite(decibels[0])
        assert decibels[0] < -300
        assert decibels[1] == 0
        assert np.isnan(decibels[2])
    assert values[0] == 0  # the input is kept


def test_channels(tmp_path):
    grey = load(tmp_path, VALUES, channels=3)['img']
    assert grey.shape == (2, 3, 3)
    assert (grey == VALUES[..., None]).all()
    pair = np.stack([VALUES, 2 * VALUES], -1)
    chosen = load(tmp_path, pair, bands=['VV', 'VH', 'VV'], channels=3)['img']
    assert (chosen == np.stack([VALUES, 2 * VALUES, VALUES], -1)).all()
    same = np.repeat(VALUES[..., None], 3, -1)
    assert load(tmp_path, same, channels=1)['img'].shape == (2, 3, 1)
    with pytest.raises(DataError, match=r'2 different bands.*channels=3'):
        load(tmp_path, pair, channels=3)


def test_load_says_what_is_wrong(tmp_path):
    with pytest.raises(DataError, match=r'does not say.*set domain_in'):
        load(tmp_path, VALUES, domain_out='db')
    with pytest.raises(DataError, match='holds real values'):
        load(tmp_path, VALUES, domain_in='complex')
    with pytest.raises(DataError, match="domain_out='power'"):
        LoadSARImage(domain_out='power')
    with pytest.raises(ConfigError, match='channels=2'):
        LoadSARImage(channels=2)


def test_fixed_stretch_and_back():
    stretched = StretchSAR('fixed', low=0, high=60000)(sample(VALUES, None))
    expected = VALUES.astype(np.float64) / 60000 * 255
    np.testing.assert_allclose(stretched['img'][..., 0], expected, rtol=1e-5)
    np.testing.assert_allclose(
        stretched['img_stretch'].invert(stretched['img'][..., 0]), VALUES, rtol=1e-5, atol=1e-2
    )
    assert stretched['img_raster'].domain is None


@pytest.mark.parametrize('power', [0.5, 0.25, 2])
def test_stretch_by_a_power_and_back(power):
    values = np.array([[-5.0, 100.0, 300.0, 1000.0, 2000.0]], np.float32)
    stretched = StretchSAR('fixed', low=100, high=1100, out=(-1, 1), power=power)(
        sample(values, None)
    )
    expected = 2 * np.array([0, 0, 0.2, 0.9, 1]) ** power - 1
    np.testing.assert_allclose(stretched['img'][0, :, 0], expected, rtol=1e-5, atol=1e-6)
    back = stretched['img_stretch'].invert(stretched['img'][0, :, 0])
    np.testing.assert_allclose(back, np.clip(values[0], 100, 1100), rtol=1e-4)
    for wrong in ({'rule': 'db', 'power': power}, {'rule': 'fixed', 'power': 0}):
        with pytest.raises(ConfigError, match='power='):
            StretchSAR(low=0, high=1, **wrong)


def test_8_bit_rule_is_for_8_bit_files_only(tmp_path):
    rule = StretchSAR('8bit')
    grey = load(tmp_path, np.array([[0, 7, 255]], 'uint8'), name='a.png')
    assert rule(grey)['img'][..., 0].tolist() == [[0, 7, 255]]
    with pytest.raises(DataError, match=r"b\.png holds uint16 values; .*rule='db'"):
        rule(load(tmp_path, np.array([[0, 300]], 'uint16'), name='b.png'))


def test_16_bit_steps_survive_the_stretch():
    values = np.arange(65536, dtype=np.float32)
    assert np.unique(Stretch(0, 65535).apply(values)).size == 65536


@pytest.mark.parametrize('domain', ['amplitude', 'intensity', 'db'])
def test_decibel_stretch_of_any_domain(domain):
    values = convert_domain(np.array([[-30.0, -25.0, -7.5, 10.0, 20.0]], np.float32), 'db', domain)
    stretched = StretchSAR('db', low=-25, high=10, out=(-1, 1))(sample(values, domain))
    np.testing.assert_allclose(stretched['img'][..., 0], [[-1, -1, 0, 1, 1]], atol=1e-5)
    back = stretched['img_stretch'].invert(stretched['img'])[..., 0]
    np.testing.assert_allclose(back[0, 1:4], values[0, 1:4], rtol=1e-4, atol=1e-4)


def test_percentiles_are_those_of_the_scene():
    values = np.random.default_rng(0).gamma(2, 100, (300, 400)).astype('f4')
    results = StretchSAR('percentile', low=2, high=98)({**sample(values, None)})
    low, high = np.percentile(values, (2, 98))
    assert results['img_stretch'].low == pytest.approx(low, rel=0.02)
    assert results['img_stretch'].high == pytest.approx(high, rel=0.02)
    cropped = {**sample(values[:100], None), 'ori_img_shape': (300, 400, 1)}
    with pytest.raises(ConfigError, match='right behind LoadSARImage'):
        StretchSAR('percentile')(cropped)


def test_values_that_are_no_data_do_not_count():
    values = np.random.default_rng(0).uniform(10, 20, (64, 64)).astype('f4')
    values[:32] = np.nan
    values[32:40] = -9999
    meta = RasterMeta((64, 64, 1), 'float32', nodata=-9999.0)
    results = StretchSAR('percentile')({'img': values[..., None], 'img_raster': meta})
    assert results['img_stretch'].low > 9
    assert np.isfinite(results['img']).all()
    assert (results['img'][:40] == 0).all()
    with pytest.raises(DataError, match='no finite values'):
        StretchSAR('percentile')(sample(np.full((4, 4), np.nan), None))
    flat = StretchSAR('percentile')(sample(np.full((4, 4), 7.0), None))
    assert (flat['img'] == 0).all()


@pytest.mark.parametrize(
    'options',
    [
        {'rule': 'log'},
        {'rule': 'fixed'},
        {'rule': 'db', 'low': 3, 'high': 3},
        {'rule': 'percentile', 'high': 101},
        {'rule': 'fixed', 'low': 0, 'high': 1, 'out': (1, 0)},
    ],
)
def test_wrong_rules_are_refused(options):
    with pytest.raises(ConfigError, match='StretchSAR'):
        StretchSAR(**options)


@pytest.mark.parametrize('looks', [1, 4.5])
@pytest.mark.parametrize('domain', ['amplitude', 'intensity', 'db'])
def test_speckle_has_its_number_of_looks(domain, looks):
    np.random.seed(0)
    flat = convert_domain(np.full((200, 200), 9.0, np.float32), 'intensity', domain)
    noisy = SpeckleNoise(looks)(sample(flat, domain))['img']
    intensity = convert_domain(noisy, domain, 'intensity').astype(float)
    assert intensity.mean() == pytest.approx(9, rel=0.02)
    assert intensity.mean() ** 2 / intensity.var() == pytest.approx(looks, rel=0.05)
    assert noisy.dtype == np.float32


def test_copies_of_a_band_get_the_same_speckle_and_other_bands_their_own():
    np.random.seed(0)
    band = np.random.rand(20, 20, 1).astype('f4')
    for bands, same in (
        (np.repeat(band, 3, 2), True),
        (np.concatenate([band, band + 1], 2), False),
    ):
        results = {'img': bands, 'img_raster': RasterMeta(bands.shape, '', domain='intensity')}
        factor = SpeckleNoise(2)(results)['img'] / bands
        assert np.allclose(factor[..., 0], factor[..., 1]) is same


@pytest.mark.parametrize('domain', ['amplitude', 'intensity', 'db'])
@pytest.mark.parametrize('offset', [None, (-3.0, -3.0)])
def test_radiometry(domain, offset):
    intensity = np.random.default_rng(0).gamma(2, 5, (50, 60)).astype('f4')
    values = convert_domain(intensity, 'intensity', domain)
    changed = RandomRadiometry((2, 2), offset)(sample(values, domain))['img'][..., 0]
    floor = 0 if offset is None else intensity.mean() * 10**-0.3
    expected = intensity * 10**0.2 + floor
    np.testing.assert_allclose(
        convert_domain(changed, domain, 'intensity'), expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize('transform', [SpeckleNoise(3), RandomRadiometry(offset_db=(-9, 0))])
def test_augmentation_repeats_and_needs_a_domain(transform):
    def draw(seed):
        np.random.seed(seed)
        return transform(sample(VALUES, 'amplitude'))['img']

    assert (draw(0) == draw(0)).all()
    assert (draw(0) != draw(1)).any()
    with pytest.raises(ConfigError, match='before StretchSAR'):
        transform(sample(VALUES, None))
    with pytest.raises(ConfigError, match='complex'):
        transform(sample(VALUES, 'complex'))


@pytest.mark.parametrize('prob', [0.0, 1.0])
def test_probability(prob):
    for cls in (partial(SpeckleNoise, 1), RandomRadiometry):
        changed = (cls(prob=prob)(sample(VALUES, 'amplitude'))['img'][..., 0] != VALUES).any()
        assert changed == bool(prob)


@pytest.fixture
def wide(tmp_path):
    """An image of 16 bits, each side 32 pixels."""
    pixels = np.random.default_rng(0).integers(200, 60000, (32, 32), 'uint16')
    Image.fromarray(pixels).save(tmp_path / 'a.png')
    return tmp_path / 'a.png', pixels


STEPS = [
    {'type': 'mmsar.LoadSARImage', 'domain_in': 'amplitude', 'channels': 3},
    {'type': 'mmsar.RandomRadiometry'},
    {'type': 'mmsar.SpeckleNoise', 'looks': 3},
    {'type': 'mmsar.StretchSAR', 'rule': 'db', 'low': 30, 'high': 110},
]


def test_in_a_pipeline_of_mmdet(wide):
    from mmdet.registry import TRANSFORMS as MMDET
    from mmdet.utils import register_all_modules

    register_all_modules(init_default_scope=True)
    pack = {'type': 'mmdet.PackDetInputs', 'meta_keys': ('img_raster', 'img_stretch', 'ori_shape')}
    resize = {'type': 'mmdet.Resize', 'scale': (64, 64)}
    results = {'img_path': str(wide[0]), 'instances': []}
    for step in [*STEPS, resize, {'type': 'mmdet.RandomFlip', 'prob': 1.0}, pack]:
        results = MMDET.build(step)(results)
    assert results['inputs'].shape == (3, 64, 64)
    assert 0 < results['inputs'].float().mean() < 255
    assert results['data_samples'].img_raster.dtype == 'uint16'
    assert results['data_samples'].img_stretch.high == 110


def test_in_a_pipeline_of_mmpretrain(wide):
    from mmpretrain.registry import TRANSFORMS as MMPRETRAIN
    from mmpretrain.utils import register_all_modules

    register_all_modules(init_default_scope=True)
    results = {'img_path': str(wide[0]), 'gt_label': 1}
    resize = {'type': 'mmpretrain.ResizeEdge', 'scale': 48}
    for step in [*STEPS, resize, {'type': 'mmpretrain.PackInputs', 'meta_keys': ('img_raster',)}]:
        results = MMPRETRAIN.build(step)(results)
    assert results['inputs'].shape == (3, 48, 48)
    assert results['data_samples'].img_raster.shape == (32, 32, 1)


def test_in_a_pipeline_of_mmagic(wide):
    mmagic = pytest.importorskip('mmagic.registry', exc_type=Exception)
    from mmagic.utils import register_all_modules

    register_all_modules(init_default_scope=True)
    results = {'gt_path': str(wide[0])}
    loader = {'type': 'mmsar.LoadSARImage', 'key': 'gt'}
    flip = {'type': 'mmagic.Flip', 'keys': ['gt'], 'flip_ratio': 1.0}
    for step in [loader, flip, {'type': 'mmagic.PackInputs'}]:
        results = mmagic.TRANSFORMS.build(step)(results)
    gt = results['data_samples'].gt_img
    np.testing.assert_array_equal(gt[0], wide[1][:, ::-1])


def test_all_are_registered():
    for name in ('LoadSARImage', 'StretchSAR', 'SpeckleNoise', 'RandomRadiometry'):
        assert TRANSFORMS.get(name).__name__ == name


@pytest.mark.parametrize(
    ('nodata', 'source', 'target'),
    [(0, 'amplitude', 'db'), (-9999, 'amplitude', 'intensity'), (-9999, 'intensity', 'amplitude')],
)
def test_nodata_is_left_out_of_percentiles_in_any_domain(tmp_path, nodata, source, target):
    values = np.random.default_rng(0).uniform(10, 20, (40, 40)).astype(np.float32)
    values[:20] = nodata
    path = tmp_path / 'a.tif'
    write_raster(path, values, RasterMeta((40, 40, 1), 'float32', nodata=nodata))
    results = LoadSARImage(domain_in=source, domain_out=target)({'img_path': str(path)})
    stretch = StretchSAR('percentile', low=0, high=100)(results)['img_stretch']
    inside = convert_domain(values[20:], source, target)
    assert (stretch.low, stretch.high) == pytest.approx((inside.min(), inside.max()), rel=1e-5)
