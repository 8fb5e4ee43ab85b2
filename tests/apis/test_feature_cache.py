"""Features that are kept on the disk."""

import numpy as np
import pytest

from mmsar.apis.few_shot.feature_cache import BLOCK, cached_features
from mmsar.apis.few_shot.starts import require_starts
from mmsar.errors import ConfigError, DataError


def get(folder, features, asked=None):
    """Return what is kept of features (N, L, C), and note the places that were computed."""

    def compute(places, kinds):
        (asked if asked is not None else []).extend(places)
        return {kind: features[list(places)] for kind in kinds}

    keys = {'grid': 'abc'}
    return cached_features(folder, keys, len(features), compute, lambda _: None)['grid']


def test_each_block_is_computed_once(tmp_path):
    features = np.random.default_rng(0).normal(size=(BLOCK + 2, 3, 4)).astype(np.float32)
    asked = []
    first = get(tmp_path, features, asked)
    assert np.allclose(first, features, atol=2e-3)
    assert asked == list(range(BLOCK + 2))
    (tmp_path / 'abc' / f'{BLOCK:07d}.npy').unlink()
    asked.clear()
    assert np.array_equal(get(tmp_path, features, asked), first)
    assert asked == [BLOCK, BLOCK + 1]


def test_large_values_stay_finite(tmp_path):
    features = np.full((2, 3, 4), 1e6, np.float32)
    assert np.array_equal(get(tmp_path, features), features)


def test_chips_of_several_sizes_are_named(tmp_path):
    def compute(places, kinds):
        return {'grid': np.zeros((len(places), 3 if places[0] == 0 else 4, 2))}

    with pytest.raises(DataError, match='have 3 x 2 to 4 x 2 values, for they differ in size'):
        cached_features(tmp_path, {'grid': 'a'}, BLOCK + 1, compute, lambda _: None)


def test_names_of_starts(tmp_path):
    file = tmp_path / 'weights.pth'
    file.touch()
    starts, _ = require_starts([f'my_net={file}'], [f'timm-resnet50.a1_in1k={file}'])
    assert [start.name for start in starts] == ['my_net', 'timm-resnet50.a1_in1k']
    for name in ('a/b', '../a', ''):
        with pytest.raises(ConfigError, match='a name of its own, of letters'):
            require_starts([f'{name}={file}'], [])
