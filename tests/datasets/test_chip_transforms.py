"""Bringing chips to one size: nothing of their size may be left."""

import numpy as np
import pytest
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from PIL import Image
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS

BASES = ROOT / 'configs' / '_base_' / 'datasets'
SIZES = (128, 158)  # of two classes, as in MSTAR


def speckle(size, seed):
    """Return a chip of the same texture whatever its size, 8 bits."""
    values = np.random.default_rng(seed).rayleigh(40, (size, size))
    return values.clip(0, 255).astype(np.uint8)


def describe(image):
    """Return how much neighbours differ: it falls where pixels were interpolated."""
    values = np.asarray(image, np.float64).squeeze()
    return np.abs(np.diff(values, axis=0)).mean() / values.std()


def accuracy(features, labels):
    """Return how many of one half are nearer to the mean of their class in the other half."""
    means = [features[::2][labels[::2] == label].mean() for label in (0, 1)]
    distances = np.abs(features[1::2, None] - means)
    return float((distances.argmin(1) == labels[1::2]).mean())


def through(steps, tmp_path, data_set='mstar'):
    init_default_scope('mmpretrain')
    pipeline = Compose(steps)
    features, labels, shapes = [], [], set()
    for number in range(48):
        label = number // 2 % 2
        path = tmp_path / f'{number}.png'
        Image.fromarray(speckle(SIZES[label], number)).save(path)
        packed = pipeline(dict(img_path=str(path), gt_label=label, data_set=data_set))
        shapes.add(tuple(packed['inputs'].shape))
        features.append(describe(packed['inputs'].numpy()))
        labels.append(label)
    return accuracy(np.array(features), np.array(labels)), shapes


@pytest.mark.parametrize('name', ['mstar_soc', 'sar_vsa'])
def test_the_size_of_a_chip_does_not_tell_its_class(tmp_path, name):
    steps = load_config(BASES / f'{name}.py').pipeline
    assert steps[2].type == 'mmsar.CentreCropOrPad'
    with_crop, shapes = through(steps, tmp_path)
    without, _ = through([step for step in steps if 'Crop' not in step.type], tmp_path)
    assert shapes == {(1, 224, 224)}
    assert without == 1.0  # it would
    assert with_crop < 0.75  # 24 chips: chance is 0.5, with a standard deviation of 0.1


def test_sar_vsa_leaves_chips_of_other_sets_as_they_are(tmp_path):
    steps = load_config(BASES / 'sar_vsa.py').pipeline
    kept, _ = through(steps, tmp_path, 'sar_acd')
    assert kept == 1.0
    with pytest.raises(ConfigError, match='do not say which data set they are from'):
        TRANSFORMS.build(steps[2])({'img': np.zeros((9, 9, 1))})


@pytest.mark.parametrize('shape', [(5, 5), (4, 9), (9, 4), (1, 1), (12, 11)])
def test_the_middle_stays_in_the_middle(shape):
    image = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(*shape, 1)
    for pad in ('reflect', 'zero'):
        step = TRANSFORMS.build(dict(type='mmsar.CentreCropOrPad', size=5, pad=pad))
        results = step({'img': image})
        assert results['img'].shape == (5, 5, 1)
        assert results['img_shape'] == (5, 5)
        if shape[0] % 2 == shape[1] % 2 == 1:
            middle = image[shape[0] // 2, shape[1] // 2]
            assert results['img'][2, 2] == middle
        if pad == 'reflect':
            assert np.isin(results['img'], image).all()


def test_zeros_show_how_small_a_chip_was():
    small = np.full((3, 3, 1), 7.0)
    zero, mirrored = (
        TRANSFORMS.build(dict(type='mmsar.CentreCropOrPad', size=5, pad=pad))({'img': small})['img']
        for pad in ('zero', 'reflect')
    )
    assert (zero == 0).sum() == 16
    assert (mirrored == 7).all()
    for options in ({'size': 0}, {'pad': 'edge'}, {'sets': 'mstar'}):
        with pytest.raises(ConfigError):
            TRANSFORMS.build(dict(type='mmsar.CentreCropOrPad', **options))


@pytest.mark.parametrize(('shape', 'scale'), [((300, 200), 64), ((40, 50), 64), ((64, 64), 64)])
@pytest.mark.parametrize('keep_ratio', [False, True])
def test_chips_are_resized_as_pillow_does(shape, scale, keep_ratio):
    pixels = np.random.default_rng(0).rayleigh(60, shape).clip(0, 255).astype(np.uint8)
    step = TRANSFORMS.build(dict(type='mmsar.ResizeChip', scale=scale, keep_ratio=keep_ratio))
    ours = step({'img': pixels[..., None].astype(np.float32)})['img'][..., 0]
    size = [scale, scale]
    if keep_ratio:
        size = [int(scale * side / min(shape)) for side in shape]
    theirs = np.array(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BICUBIC))
    top, left = (round((side - scale) / 2) for side in size)
    theirs = theirs[top : top + scale, left : left + scale]
    assert ours.shape == (scale, scale)
    assert np.abs(ours - theirs).max() <= 2  # it rounds in between
    assert np.abs(ours - theirs).mean() < 0.5
