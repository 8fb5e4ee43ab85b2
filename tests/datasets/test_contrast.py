"""Contrast as an augmentation."""

import numpy as np
import pytest

from mmsar.datasets.transforms import RandomContrast
from mmsar.errors import ConfigError


@pytest.mark.parametrize('factor', [0.5, 1.5])
def test_about_the_mean(monkeypatch, factor):
    seen = []
    monkeypatch.setattr(np.random, 'uniform', lambda *limits: seen.append(limits) or factor)
    image = np.array([[[100.0], [140.0], [240.0]]], np.float32)  # mean 160
    found = RandomContrast(0.5)({'img': image})['img']
    assert found.dtype == np.float32
    expected = np.clip(160 + factor * (image - 160), 0, 255)
    np.testing.assert_array_equal(found, expected)
    assert seen == [(0.5, 1.5)]


def test_what_lies_beyond_is_clipped_first():
    found = RandomContrast(0)({'img': np.array([[-9.0, 300.0]], np.float32)})['img']
    assert found.tolist() == [[0, 255]]


def test_other_ranges(monkeypatch):
    monkeypatch.setattr(np.random, 'uniform', lambda *_: 1.5)
    found = RandomContrast(0.5, out=(0, 1))({'img': np.array([[0.0, 0.5, 1.0]])})['img']
    assert found.tolist() == [[0, 0.5, 1]]


def test_settings_out_of_range():
    with pytest.raises(ConfigError, match=r'contrast=2; give a number from 0 to 1'):
        RandomContrast(2)
    with pytest.raises(ConfigError, match=r'out=\(1, 0\); give \(lower, upper\)'):
        RandomContrast(out=(1, 0))
