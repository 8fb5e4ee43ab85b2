"""All figures of generated images together, and shares of the way."""

import json
import math

import numpy as np
import pytest
from speckle_sets import speckle

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import compare_images
from mmsar.evaluation.generation.comparison import Reference
from mmsar.evaluation.generation.moved import moved, moved_between, moved_by_distance
from mmsar.evaluation.generation.naming import KINDS
from mmsar.evaluation.generation.statistics import FidelitySettings

SETTINGS = FidelitySettings(patch=8, splits=4, levels=8, subsets=20)


def brightness(images):
    """Return features (N, 3) that anyone can compute."""
    return np.stack([images.mean((1, 2)), images.std((1, 2)), images.max((1, 2))], 1)


def test_the_same_sensor_is_near_the_floor_and_another_is_not():
    real, same = speckle(40), speckle(40, seed=1)
    other = speckle(40, 3, seed=2, gain=1.2, blur=0.8)
    reference = Reference(real, SETTINGS, brightness)
    near, far = (reference.compare(reference.describe(images)) for images in (same, other))
    assert near.floor == far.floor
    assert set(near.floor) == set(near.figures) >= set(KINDS)
    for name in ('amplitude_KS', 'amplitude_Wasserstein', 'GLCM', 'spectrum_dB'):
        assert 0 < near.figures[name] < 2 * near.floor[name]
        assert far.figures[name] > 5 * near.floor[name]
    assert near.figures['ENL_ratio'] == pytest.approx(1, abs=0.1)
    assert far.figures['ENL_ratio'] > 3
    assert 1 <= near.floor['ENL_ratio'] < 1.1
    assert far.figures['high_frequency_ratio'] < 0.95
    assert far.figures['KID'] > 10 * abs(near.figures['KID'])
    assert near.figures['precision'] > 0.7 > 0.2 > far.figures['precision']
    assert near.notes == ()
    again = Reference(real, SETTINGS, brightness)
    assert again.compare(again.describe(other)).figures == far.figures


def test_without_a_network_figures_of_features_are_left_out():
    found = compare_images(speckle(12), speckle(9, seed=1), settings=SETTINGS)
    assert not {'KID', 'precision', 'recall', 'coverage'} & set(found.figures)
    assert 'they need a trained network' in found.notes[0]
    content = json.loads(json.dumps(found.as_dict()))
    assert content['images'] == {'real': 12, 'generated': 9}
    assert content['settings']['levels'] == 8
    assert content['ENL']['real'] == pytest.approx(1, abs=0.15)


def test_identical_sets():
    real = speckle(12)
    figures = compare_images(real, real, brightness, SETTINGS).figures
    for name, kind in KINDS.items():
        if kind.same is not None and name not in ('KID', 'density'):
            assert figures[name] == pytest.approx(kind.same)
    assert figures['precision'] == figures['recall'] == 1


def test_few_images_have_no_floor_and_a_note_says_so():
    found = compare_images(speckle(3), speckle(3, seed=1), settings=SETTINGS)
    assert found.floor == {}
    assert found.notes[0].startswith('no sampling floor: half of 3 real images')
    found = compare_images(speckle(8), speckle(8, seed=1), brightness, SETTINGS)
    assert found.floor == {}
    assert 'too few for distances' in found.notes[0]
    with pytest.raises(DataError, match='3 real images are too few'):
        compare_images(speckle(3), speckle(3, seed=1), brightness, SETTINGS)


def test_images_without_homogeneous_patch_are_counted():
    images = speckle(6, seed=1)
    images[:2, ::3, ::3] = 0
    found = compare_images(speckle(6), images, settings=SETTINGS)
    assert any('2 of 6 generated images have no homogeneous' in note for note in found.notes)
    images[:, ::3, ::3] = 0
    assert math.isnan(compare_images(speckle(6), images, settings=SETTINGS).figures['ENL_ratio'])


def test_bad_input():
    real = speckle(6)
    with pytest.raises(DataError, match='real images are 32 x 32 pixels, generated ones 32 x 16'):
        compare_images(real, real[:, :, :16], settings=SETTINGS)
    bad = real.copy()
    bad[3, 4, 5] = np.nan
    with pytest.raises(DataError, match='generated images: 1 of 6 images have values that are not'):
        compare_images(real, bad, settings=SETTINGS)
    with pytest.raises(DataError, match='one vector for each'):
        compare_images(real, real, lambda images: images, SETTINGS)
    for wrong in ({'patch': 1}, {'level': 2}, {'cutoff': 0.5}, {'saturation': 0}, {'splits': -1}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            FidelitySettings(**wrong)


def test_shares_of_the_way():
    assert moved_by_distance(4, 1) == 0.75
    assert moved_by_distance(4, 5) == -0.25
    assert math.isnan(moved_by_distance(0, 1))
    assert moved_between(math.log(8), math.log(4), math.log(2)) == pytest.approx(0.5)
    assert moved_between(1, 3, 2) == 2
    assert math.isnan(moved_between(1, 3, 1))


def test_moved():
    source = {'ENL_ratio': 8.0, 'spectrum_dB': 4.0, 'GLCM_energy_1': -2.0, 'KID': 1.0,
              'amplitude_KS': 0.03, 'precision': 0.1, 'KID_error': 0.1}  # fmt: skip
    migrated = {'ENL_ratio': 0.5, 'spectrum_dB': 1.0, 'GLCM_energy_1': 1.0, 'KID': -0.1,
                'amplitude_KS': 0.01, 'precision': 0.9, 'KID_error': 0.1}  # fmt: skip
    floor = dict.fromkeys(source, 0.02) | {'ENL_ratio': 1.02}
    found = moved(source, migrated, floor)
    assert list(found) == ['ENL_ratio', 'spectrum_dB', 'GLCM_energy_1', 'KID', 'amplitude_KS']
    assert found['ENL_ratio'] == pytest.approx(4 / 3)  # beyond: from 3 octaves above to 1 below
    assert found['spectrum_dB'] == 0.75
    assert found['GLCM_energy_1'] == 1.5
    assert found['KID'] == pytest.approx(1.1)
    assert math.isnan(found['amplitude_KS'])  # the source is hardly off
    assert moved(source, migrated, {})['amplitude_KS'] == pytest.approx(2 / 3)


def test_half_way_is_half():
    """Looks of a mixture of powers of speckle lie between those of the two."""
    target, source = speckle(30, 1), speckle(30, 4, seed=1)
    reference = Reference(target, SETTINGS)
    figures = [
        reference.compare(reference.describe(images)).figures
        for images in (source, speckle(30, 2, seed=2))
    ]
    assert moved(*figures, reference.floor)['ENL_ratio'] == pytest.approx(0.5, abs=0.06)
