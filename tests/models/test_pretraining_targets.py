"""What a masked image is to be rebuilt to: gradient features, pixels, histograms."""

import sys

import numpy as np
import pytest
import torch
from torch.nn import functional

from mmsar.errors import ConfigError, DataError
from mmsar.models.selfsup.units import from_units, normalise_units, to_units
from mmsar.registry import MODELS

RADII = (2, 5)


def build(kind, **options):
    return MODELS.build(dict(type=f'mmsar.{kind}', **options))


def images(*shape, seed=0):
    """Speckle with a dark and a bright block, in 0 to 1."""
    result = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) ** 3
    result[..., : shape[-2] // 3, : shape[-1] // 3] = 0
    result[..., -shape[-2] // 3 :, -shape[-1] // 3 :] = 1
    return result


def dense(x, radii):
    """The definition, by float64 convolutions."""
    maps = []
    for r in radii:
        padded = functional.pad(x.double(), (r,) * 4, mode='reflect') + 0.01
        side = 2 * r + 1
        kernel = torch.zeros(4, 1, side, side, dtype=torch.float64)
        kernel[0, :, :, : r + 1] = kernel[1, :, :, r:] = 1
        kernel[2, :, : r + 1] = kernel[3, :, r:] = 1
        left, right, top, bottom = functional.conv2d(padded.flatten(0, 1)[:, None], kernel).unbind(
            1
        )
        found = ((left / right).log() ** 2 + (top / bottom).log() ** 2).sqrt()
        maps.append(found.reshape(x.shape))
    return torch.cat(maps, dim=1)  # scale-major


def within_rounding(found, expected):
    """To 1e-6 of the float64 value apart from the rounding to float32."""
    assert found.dtype == torch.float32
    rounding = torch.as_tensor(np.spacing(expected.abs().float().numpy()), dtype=torch.float64) / 2
    assert ((found.double() - expected).abs() <= rounding + 1e-6).all()


@pytest.mark.parametrize('shape', [(3, 1, 23, 40), (2, 3, 31, 7), (1, 2, 6, 6)])
def test_gradient_features_are_those_of_the_convolutions(shape):
    x = images(*shape)
    within_rounding(build('GradientFeatures', radii=RADII)(x), dense(x, RADII))


def test_gradient_features_of_16_bit_values_and_many_tiles():
    x = (images(1, 1, 300, 700) * 65535).round()
    within_rounding(build('GradientFeatures', radii=RADII)(x), dense(x, RADII))


def test_threads_and_batches_change_nothing():
    x = images(5, 1, 40, 40)
    features = build('GradientFeatures')
    together = features(x)
    assert torch.equal(together, torch.cat([features(one[None]) for one in x]))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert torch.equal(together, features(x))
        torch.set_num_threads(3)
        with torch.inference_mode():
            assert torch.equal(together, features(x.clone()))
    finally:
        torch.set_num_threads(threads)


def test_gradient_features_keep_float32_under_autocast():
    x = images(2, 1, 40, 40).requires_grad_()
    features = build('GradientFeatures')
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = features(x)
    assert found.dtype == torch.float32
    assert not found.requires_grad
    assert torch.equal(found, features(x))
    assert features(x.double()).dtype == torch.float32


def test_the_published_gradient_features(shared):
    sys.path.insert(0, str(shared / 'reference'))
    try:
        import fill
    finally:
        sys.path.remove(str(shared / 'reference'))
    recorded = np.load(shared / 'reference' / 'saratrx_mae.npz')
    x = fill.image((2, 1, 224, 224), int(recorded['seed']))
    found = build('GradientFeatures')(x)
    assert found.shape == (2, 3, 224, 224)
    expected = torch.as_tensor(recorded['gradient_features'])
    # The published sums are in float32.
    torch.testing.assert_close(found[:, :, ::6, ::6], expected, rtol=1e-4, atol=1e-5)
    within_rounding(found, dense(x, (9, 13, 17)))


@pytest.mark.parametrize(
    ('options', 'match'),
    [
        (dict(radii=()), 'radii='),
        (dict(radii=(0, 3)), 'radii='),
        (dict(radii=9), 'radii=9; give a list'),
        (dict(eps=0.0), 'eps=0'),
    ],
)
def test_wrong_settings_are_named(options, match):
    with pytest.raises(ConfigError, match=match):
        build('GradientFeatures', **options)


def test_images_that_do_not_fit_are_refused():
    features = build('GradientFeatures', radii=(4,))
    with pytest.raises(DataError, match=r'4 x 9 pixels are too small.*at least 5'):
        features(images(1, 1, 4, 9))
    with pytest.raises(DataError, match=r'down to -0\.5.*preprocessor'):
        features(images(1, 1, 9, 9) - 0.5)
    with pytest.raises(DataError, match='down to nan'):
        features(images(1, 1, 9, 9) * float('nan'))


def test_units_are_scale_major_and_come_back():
    maps = torch.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
    units = to_units(maps, 2)
    assert units.shape == (2, 6, 12)
    # The unit in row 1, column 2: its three maps one behind the other.
    assert torch.equal(units[1, 5], maps[1, :, 2:, 4:].flatten())
    assert torch.equal(from_units(units, 2, (2, 3)), maps)
    with pytest.raises(DataError, match='squares of 4'):
        to_units(maps, 4)


def test_pixels_are_normalised_by_patch():
    x = images(2, 3, 8, 12)
    assert torch.equal(build('PixelTarget')(x), x)
    target = build('PixelTarget', norm_pix_loss=True, patch_size=4)(x)
    patch = x[1, :, 4:, 8:]
    expected = (patch - patch.mean()) / (patch.var() + 1e-6).sqrt()
    torch.testing.assert_close(target[1, :, 4:, 8:], expected)
    torch.testing.assert_close(to_units(target, 4), normalise_units(to_units(x, 4)))


def test_histograms_are_those_of_mmpretrain():
    from mmpretrain.models.selfsup.maskfeat import HOGGenerator

    x = images(2, 3, 224, 224)
    target = build('HOGTarget')
    found = target(x)
    assert found.shape == (2, 27, 28, 28)
    assert (target.maps_per_channel, target.stride) == (9, 8)
    torch.testing.assert_close(to_units(found, 2), HOGGenerator()(x), rtol=1e-4, atol=1e-5)
    # A channel for itself, and a size that is no multiple of the Gaussian window.
    alone = target(x[:, 1:2, :40, :24])
    assert alone.shape == (2, 9, 5, 3)
    torch.testing.assert_close(alone[:, :, :4, :2], found[:, 9:18, :4, :2])
    with pytest.raises(DataError, match='44 x 24'):
        target(x[:, :, :44, :24])
