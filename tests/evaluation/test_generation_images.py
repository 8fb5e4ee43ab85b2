"""Figures of generated images against closed forms and slow versions."""

import math

import numpy as np
import pytest
from scipy import stats
from speckle_sets import speckle

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.generation.amplitude import amplitude_ks, amplitude_wasserstein, draw_pixels
from mmsar.evaluation.generation.checks import require_images, require_same_size
from mmsar.evaluation.generation.glcm import (
    glcm_differences,
    glcm_features,
    quantisation_edges,
)
from mmsar.evaluation.generation.looks import enl_ratio, image_looks, set_looks
from mmsar.evaluation.generation.spectrum import (
    high_frequency_ratio,
    radial_spectra,
    spectrum_distance,
)


def test_looks_of_speckle():
    for looks in (1, 4, 16):
        found = image_looks(speckle(20, looks, 48))
        assert found.shape == (20,)
        assert set_looks(found) == pytest.approx(looks, rel=0.05)
    # The unit does not matter.
    assert image_looks(speckle(20, looks, 48, gain=3000)) == pytest.approx(found, rel=1e-4)


def test_looks_are_those_of_homogeneous_ground():
    images = speckle(10, 4, 64)
    images[:, 20:36, 20:36] *= np.linspace(1, 30, 256).reshape(16, 16)  # a target
    images[:, :8] = 0  # a margin
    assert set_looks(image_looks(images)) == pytest.approx(4, rel=0.05)
    cut = np.minimum(speckle(4, 1, 48), 0.5)
    assert set_looks(image_looks(cut)) > 5
    assert np.isnan(image_looks(cut, saturation=0.5)).all()


def test_ratio_of_looks():
    first, second = speckle(20, 2, 48), speckle(10, 6, 48, seed=1)
    assert enl_ratio(first, second) == pytest.approx(3, rel=0.05)
    assert enl_ratio(first, first) == 1
    with pytest.raises(ConfigError, match='size=64: the patches are larger'):
        enl_ratio(first, second, size=64)
    with pytest.raises(DataError, match='the generated images have no homogeneous patch'):
        enl_ratio(first, np.zeros((2, 48, 48)))


def test_amplitudes():
    first, second = speckle(7, 1), speckle(9, 2, seed=1, gain=1.3)
    deviation = first.std(dtype=np.float64)
    flat = first.ravel().astype(np.float64), second.ravel().astype(np.float64)
    assert amplitude_ks(first, second) == pytest.approx(stats.ks_2samp(*flat).statistic)
    assert amplitude_wasserstein(first, second) == pytest.approx(
        stats.wasserstein_distance(*flat) / deviation, rel=1e-5
    )
    assert amplitude_wasserstein(first, first + 2) == pytest.approx(2 / deviation, rel=1e-5)
    assert amplitude_wasserstein(10 * first, 10 * second) == pytest.approx(
        amplitude_wasserstein(first, second), rel=1e-5
    )
    assert amplitude_ks(first, first) == amplitude_wasserstein(first, first) == 0
    assert amplitude_ks(first, first + 9) == 1
    # Rayleigh against two-look amplitudes: max of |exp(-x) (2 - 1 + ...)|, in closed form below
    x = np.linspace(0, 8, 100001)
    gap = np.abs((1 - np.exp(-x)) - (1 - np.exp(-2 * x) * (1 + 2 * x))).max()
    assert amplitude_ks(speckle(40), speckle(40, 2, seed=1)) == pytest.approx(gap, abs=0.01)
    with pytest.raises(DataError, match='all real pixels have the same value'):
        amplitude_wasserstein(np.ones((2, 4, 4)), first)


def test_integer_amplitudes_have_ties():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, (2, 6, 6)), rng.integers(1, 9, (3, 6, 6))
    expected = stats.ks_2samp(first.ravel(), second.ravel()).statistic
    assert amplitude_ks(first, second) == pytest.approx(expected)


def test_drawn_pixels_repeat_and_are_close():
    first, second = speckle(20), speckle(20, 2, seed=1)
    drawn = draw_pixels(first, 2000)
    assert drawn.shape == (20, 100)
    assert (drawn == draw_pixels(first, 2000)).all()
    assert (drawn != draw_pixels(first, 2000, seed=1)).any()
    assert all(np.isin(part, image).all() for part, image in zip(drawn, first, strict=True))
    for figure in (amplitude_ks, amplitude_wasserstein):
        assert figure(first, second, 4000) == pytest.approx(figure(first, second), abs=0.04)


def slow_glcm(image, edges, distance):
    """Return the properties of one image by loops over pixels and levels."""
    levels, count = np.searchsorted(edges, image, side='right'), len(edges) + 1
    found = []
    for down, right in ((0, 1), (-1, 1), (-1, 0), (-1, -1)):
        p = np.zeros((count, count))
        for r in range(image.shape[0]):
            for c in range(image.shape[1]):
                other = r + down * distance, c + right * distance
                if all(0 <= o < s for o, s in zip(other, image.shape, strict=True)):
                    p[levels[r, c], levels[other]] += 1
                    p[levels[other], levels[r, c]] += 1
        p /= p.sum()
        i, j = np.mgrid[:count, :count]
        mean = (p * i).sum()
        variance = (p * (i - mean) ** 2).sum()
        found.append([
            (p * (i - j) ** 2).sum(),
            (p / (1 + (i - j) ** 2)).sum(),
            math.sqrt((p**2).sum()),
            (p * (i - mean) * (j - mean)).sum() / variance,
        ])  # fmt: skip
    return np.mean(found, axis=0)


def test_co_occurrence():
    images = speckle(3, 1, 10, blur=0.7)[:, :, :9]
    edges = quantisation_edges(images, 6)
    levels = np.searchsorted(edges, images, side='right')
    assert np.bincount(levels.ravel()) == pytest.approx(45, abs=1)
    found = glcm_features(images, edges, (1, 3))
    assert found.shape == (3, 2, 4)
    for image, values in zip(images, found, strict=True):
        for distance, line in zip((1, 3), values, strict=True):
            assert line == pytest.approx(slow_glcm(image, edges, distance))
    # By hand: stripes of two levels, one pixel wide
    stripes = np.tile([0.0, 1.0], (1, 8, 4))
    contrast, homogeneity, energy, correlation = glcm_features(stripes, np.array([0.5]), (1,))[0, 0]
    assert contrast == pytest.approx(3 / 4)  # all directions but the vertical one
    assert homogeneity == pytest.approx((3 * 0.5 + 1) / 4)
    assert energy == pytest.approx(math.sqrt(0.5))
    assert correlation == pytest.approx((-3 + 1) / 4)
    bright = glcm_features(stripes + 7, np.array([0.5]), (1,))[0, 0]
    assert bright == pytest.approx([0, 1, 1, 1])


def test_differences_of_co_occurrence():
    real, other = speckle(12), speckle(12, 1, seed=1, blur=1)
    edges = quantisation_edges(real)
    first, second = (glcm_features(images, edges) for images in (real, other))
    found = glcm_differences(first, second)
    expected = (second.mean(0)[1, 2] - first.mean(0)[1, 2]) / np.std(first[:, 1, 2], ddof=1)
    assert found[1, 2] == pytest.approx(expected)
    assert found[0, 0] < -5 < 5 < found[0, 3]  # smoother: less contrast, more correlation
    with pytest.raises(DataError, match='copies of one another'):
        glcm_differences(first[[0, 0]], second)
    with pytest.raises(ConfigError, match=r'distances=\(32,\)'):
        glcm_features(real, edges, (32,))
    with pytest.raises(ConfigError, match='levels=1'):
        quantisation_edges(real, 1)


def test_spectra_of_white_noise_and_of_waves():
    white = radial_spectra(speckle(60, 1, 48))
    assert white.power.shape == (60, len(white.frequency)) == (60, 23)
    assert white.power.mean(0)[1:] == pytest.approx(1, abs=0.12)
    assert white.high.mean() == pytest.approx(1 - math.pi * 0.125**2, abs=0.01)
    x = np.arange(48)
    wave = 2 + np.cos(2 * np.pi * 0.25 * x)[None, :, None] + np.zeros((1, 1, 48))
    found = radial_spectra(wave)
    assert found.frequency[found.power[0].argmax()] == pytest.approx(0.25, abs=0.02)
    assert found.high[0] == pytest.approx(1, abs=0.02)
    slow = radial_spectra(2 + np.cos(2 * np.pi * x / 24)[None, :, None] + np.zeros((1, 1, 48)))
    assert slow.high[0] < 0.01
    # Neither gain nor offset counts.
    assert radial_spectra(5 * wave + 3).power == pytest.approx(found.power, abs=1e-6)


def test_rings_against_a_slow_version():
    image = speckle(1, 1, 12)[:, :, :10]
    rows, columns = image.shape[1:]
    window = np.outer(np.hanning(rows + 2)[1:-1], np.hanning(columns + 2)[1:-1])
    values = (image[0] - (image[0] * window).sum() / window.sum()) * window
    rings = {}
    for r in range(rows):
        for c in range(columns):
            phase = np.exp(-2j * np.pi * (r * np.arange(rows)[:, None] / rows
                                          + c * np.arange(columns) / columns))  # fmt: skip
            radius = math.hypot(min(r, rows - r) / rows, min(c, columns - c) / columns)
            rings.setdefault(int(radius * columns), []).append(
                (radius, abs((values * phase).sum()) ** 2)
            )
    total = sum(power for ring in rings.values() for _, power in ring)
    found = radial_spectra(image)
    assert len(found.frequency) == 4
    for ring, (frequency, power) in enumerate(
        zip(found.frequency, found.power[0], strict=True), start=1
    ):
        inside = [pair for pair in rings[ring] if pair[0] < 0.5]
        assert frequency == pytest.approx(np.mean([radius for radius, _ in inside]))
        expected = np.mean([p for _, p in inside]) / (total / (rows * columns - 1))
        assert power == pytest.approx(expected)


def test_distances_of_spectra():
    power = np.ones((4, 5))
    assert spectrum_distance(power, 10 * power) == pytest.approx(10)
    tilted = np.ones((2, 4)) * [1, 1, 10, 0.1]
    assert spectrum_distance(np.ones((2, 4)), tilted) == pytest.approx(math.sqrt(50))
    assert spectrum_distance(power, 0 * power) == pytest.approx(120)
    sharp, blurred = speckle(20), speckle(20, seed=1, blur=1.0)
    assert high_frequency_ratio(sharp, blurred) < 0.9
    assert high_frequency_ratio(sharp, speckle(20, seed=2)) == pytest.approx(1, abs=0.02)
    with pytest.raises(DataError, match='not 3 x 8'):
        radial_spectra(np.ones((2, 3, 8)))


BAD_SETS = (
    (lambda a: a[0], r'shape \(16, 16\); give amplitudes'),
    (lambda a: a[:1], '1 images of 16 x 16 pixels'),
    (lambda a: a[:0], '0 images'),
    (lambda a: a * 1j, 'are complex'),
    (lambda a: np.where(a == a[2].max(), np.nan, a), '1 of 4 images have values that are not'),
    (lambda a: np.where(a == a[2].max(), np.inf, a), 'not finite.*: c.png'),
    (lambda a: a - 0.5, 'below zero; give amplitudes, not decibels'),
    (lambda a: a * np.array([1, 0, 0, 1])[:, None, None], 'one value everywhere.*b.png, c.png'),
)


def test_bad_sets():
    images = speckle(4, 1, 16)
    names = ['a.png', 'b.png', 'c.png', 'd.png']
    require_images(images, 'real images', names)
    for change, message in BAD_SETS:
        with pytest.raises(DataError, match=message):
            require_images(change(images), 'real images', names)
    with pytest.raises(DataError, match='real images are 16 x 16 pixels, generated ones 8 x 16'):
        require_same_size(images, images[:, :8])
