"""The loss of high frequencies, against a slow transform and closed forms."""

import numpy as np
import pytest
import torch

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS


def build(**settings):
    return MODELS.build({'type': 'mmsar.HighFrequencyLoss', **settings})


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random(shape))


def slow_transform(image):
    """By its definition, a product of matrices."""
    rows, columns = (
        np.exp(-2j * np.pi * np.outer(np.arange(side), np.arange(side)) / side)
        for side in image.shape
    )
    return rows @ image @ columns


def frequencies(rows, columns):
    down, right = (
        np.array([k if k < (n + 1) // 2 else k - n for k in range(n)]) / n for n in (rows, columns)
    )
    return np.hypot(down[:, None], right)


@pytest.mark.parametrize('normalise', [True, False])
@pytest.mark.parametrize('mode', ['magnitude', 'radial', 'complex'])
def test_slow_formula(mode, normalise):
    images, styles = noise(2, 1, 9, 12), noise(3, 1, 9, 12, seed=1)
    found = build(mode=mode, cutoff=0.2, normalise=normalise)(images, styles)
    radius = frequencies(9, 12)
    factor = np.sqrt(9 * 12) if normalise else 1

    def bins(image):
        spectrum = slow_transform(image[0].numpy())[radius >= 0.2] / factor
        if mode == 'complex':
            return spectrum
        magnitude = np.abs(spectrum)
        if mode == 'magnitude':
            return magnitude
        rings = np.floor(radius[radius >= 0.2] * 9).astype(int)
        return np.array([magnitude[rings == ring].mean() for ring in sorted(set(rings))])

    target = np.mean([bins(style) for style in styles], axis=0)
    for image, value in zip(images, found, strict=True):
        difference = np.abs(bins(image) - target)
        expected = difference.mean() if normalise else difference.sum()
        assert float(value) == pytest.approx(expected, rel=1e-10)


def test_decibels():
    images, styles = noise(2, 1, 9, 12), noise(3, 1, 9, 12, seed=1)
    loss = build(mode='decibel', cutoff=0.2)
    radius = frequencies(9, 12)
    inside = radius >= 0.2
    rings = np.floor(radius[inside] * 9).astype(int)
    window = np.outer(*(np.sin(np.pi * np.arange(side) / side) ** 2 for side in (9, 12)))

    def power(image):
        spectrum = np.abs(slow_transform(image[0].numpy() * window)[inside]) ** 2
        return np.array([spectrum[rings == ring].mean() for ring in sorted(set(rings))])

    target = np.mean([power(style) for style in styles], axis=0)
    for image, value in zip(images, loss(images, styles), strict=True):
        expected = (np.log10(power(image) / target) ** 2).mean()
        assert float(value) == pytest.approx(expected, rel=1e-9)
    # Ten times less amplitude is 20 dB less, at each frequency.
    torch.testing.assert_close(loss(images / 10, images[:1])[0], torch.tensor(4.0).double())
    assert loss(torch.zeros(1, 1, 9, 12), styles).isfinite().all()


def test_a_wave_counts_above_the_cutoff_alone():
    def wave(cycles):
        return 0.5 + 0.2 * torch.cos(2 * torch.pi * cycles * torch.arange(32).double() / 32)

    flat = torch.full((1, 1, 32, 32), 0.5).double()
    loss = build(cutoff=0.25)
    fast, slow = (wave(cycles).expand(1, 1, 32, 32) for cycles in (10, 3))
    bins = int((frequencies(32, 32) >= 0.25).sum())
    # Two bins of half the amplitude, times the root of the number of pixels.
    assert float(loss(fast, flat)) == pytest.approx(2 * 0.1 * 32 / bins)
    assert float(loss(slow, flat)) == pytest.approx(0, abs=1e-12)


def test_places_do_not_count_but_for_the_printed_form():
    image = noise(1, 1, 16, 16)
    moved = image.roll((3, 5), (2, 3))
    assert float(build()(moved, image)) == pytest.approx(0, abs=1e-12)
    assert float(build(mode='complex')(moved, image)) > 0.1
    assert float(build(mode='complex')(image, image)) == 0


@pytest.mark.parametrize('mode', ['magnitude', 'radial', 'decibel', 'complex'])
def test_gradient(mode):
    loss, styles = build(mode=mode), noise(1, 1, 5, 4, seed=1)
    images = noise(2, 1, 5, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, styles), images)


def test_errors():
    with pytest.raises(ConfigError, match="mode='phase'"):
        build(mode='phase')
    with pytest.raises(ConfigError, match=r'cutoff=0\.5'):
        build(cutoff=0.5)
    with pytest.raises(DataError, match='cut them alike'):
        build()(noise(1, 1, 8, 8), noise(1, 1, 8, 9))
