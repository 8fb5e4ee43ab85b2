"""The baselines of migration: histogram matching, and resolution with new speckle."""

import numpy as np
import pytest
import torch

from mmsar.errors import ConfigError, DataError
from mmsar.models.losses.homogeneous import equivalent_looks
from mmsar.registry import MODELS


def build(kind, **settings):
    return MODELS.build({'type': f'mmsar.{kind}', **settings})


def speckle(count, looks, size=128, seed=0, mean=0.01):
    values = np.random.default_rng(seed).gamma(looks, mean / looks, (count, 1, size, size))
    return torch.from_numpy(values).sqrt().clamp(0, 1)


def autocorrelation(intensity, lag):
    values = intensity - intensity.mean()
    return float((values[..., lag:] * values[..., :-lag]).mean() / values.square().mean())


def test_histograms_become_those_of_the_references():
    contents, styles = speckle(2, 1), speckle(3, 4, seed=1, mean=0.05)
    made = build('HistogramMatching').migrate(contents, styles)
    assert made.images.shape == contents.shape
    assert made.losses == {}
    assert made.finite.all()
    wanted = np.quantile(styles.numpy(), [0.01, 0.25, 0.5, 0.75, 0.99])
    for content, image in zip(contents, made.images, strict=True):
        found = np.quantile(image.numpy(), [0.01, 0.25, 0.5, 0.75, 0.99])
        np.testing.assert_allclose(found, wanted, rtol=5e-3)
        order = content.flatten().argsort()
        assert (image.flatten()[order].diff() >= 0).all()  # ranks stay
    # Equal values stay equal, and an image that is its own reference stays what it is.
    flat = torch.full((1, 1, 128, 128), 0.3, dtype=torch.float64)
    assert len(build('HistogramMatching').migrate(flat, styles).images.unique()) == 1
    same = build('HistogramMatching').migrate(contents[:1], contents[:1]).images
    torch.testing.assert_close(same, contents[:1], rtol=0, atol=1e-9)


@pytest.mark.parametrize('power', [1.0, 0.5])
def test_new_speckle(power):
    contents, styles = speckle(2, 1), speckle(1, 4, seed=1, mean=0.03)
    model = build('Respeckle', resolution=2.5, looks=4, power=power)
    made = model.migrate(contents**power, styles**power).images
    intensity = made ** (2 / power)
    medians = intensity.flatten(1).median(dim=1).values
    torch.testing.assert_close(medians, styles.square().median().expand(2), rtol=1e-6, atol=0)
    # Averaging over a bell of 2.5 pixels leaves 4 pi 1.06^2 = 14.2 looks of white speckle.
    expected = 1 / (1 / 4 + 1 / 14.2 + 1 / 4 / 14.2)
    looks = equivalent_looks(intensity.flatten(1)).mean()
    assert float(looks) == pytest.approx(expected, rel=0.15)
    # As correlated as a rectangular spectrum of that width has it, with some of the average's.
    width = 0.886 / 2.5
    assert autocorrelation(intensity, 1) == pytest.approx(np.sinc(width) ** 2, abs=0.08)
    assert abs(autocorrelation(intensity, 6)) < 0.1
    assert torch.equal(model.migrate(contents[1:] ** power, styles**power).images[0], made[1])
    other = build('Respeckle', resolution=2.5, looks=4, power=power, seed=1)
    assert not torch.allclose(other.migrate(contents**power, styles**power).images, made)


def test_a_target_stays_and_is_blurred():
    contents = speckle(1, 100, mean=1e-4)
    contents[0, 0, 64, 64] = 1
    styles = speckle(1, 4, mean=1e-4)
    made = build('Respeckle', resolution=4, looks=50).migrate(contents, styles).images
    profile = made[0, 0, 64].square()
    assert abs(int(profile.argmax()) - 64) <= 1
    assert int((profile > profile.max() / 2).sum()) in (3, 4, 5)


def test_new_speckle_with_all_values_of_the_references():
    contents, styles = speckle(2, 1), speckle(3, 4, seed=1, mean=0.03)
    plain, matched = (
        build('Respeckle', resolution=2.5, looks=4, values=values).migrate(contents, styles).images
        for values in ('median', 'histogram')
    )
    torch.testing.assert_close(
        matched, build('HistogramMatching').migrate(plain, styles).images, rtol=0, atol=1e-9
    )
    levels = torch.linspace(0.02, 0.98, 9, dtype=matched.dtype)
    found, wanted = (images.flatten(1).quantile(levels, dim=1) for images in (matched, styles))
    torch.testing.assert_close(found.mean(1), wanted.mean(1), rtol=0.02, atol=0)


def test_wrong_arguments():
    for settings in (
        {'resolution': 0.5, 'looks': 4},
        {'resolution': 2, 'looks': 0},
        {'resolution': 2, 'looks': 4, 'values': 'mean'},
    ):
        with pytest.raises(ConfigError, match='Respeckle'):
            build('Respeckle', **settings)
    for model in (build('HistogramMatching'), build('Respeckle', resolution=2, looks=4)):
        with pytest.raises(DataError, match='cut them to one size'):
            model.migrate(speckle(1, 1), speckle(1, 1, size=64))
