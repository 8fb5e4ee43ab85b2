"""Names that numpy and diffusers dropped."""

import importlib

import numpy as np
import pytest

from mmsar.compat import numpy_names

NAMES = ['bool8', 'in1d']


@pytest.mark.parametrize('name', NAMES)
def test_names_are_there(name):
    assert hasattr(np, name)


def test_bool8_is_the_numpy_bool():
    assert np.bool8 is np.bool_
    assert np.zeros(2, np.bool8).dtype == np.dtype(bool)


@pytest.mark.parametrize(
    ('arguments', 'options', 'expected'),
    [
        (([1, 2, 3], [2, 9]), {}, [False, True, False]),
        (([[1, 2], [3, 4]], [[4], [1]]), {}, [True, False, False, True]),
        (([1, 2, 3], [2, 9]), {'invert': True}, [True, False, True]),
        (([1, 2, 3], [2, 9]), {'assume_unique': True}, [False, True, False]),
        ((2, [1, 2]), {}, [True]),
        (([], [1]), {}, []),
    ],
)
def test_in1d_flattens_and_looks_up(arguments, options, expected):
    result = np.in1d(*arguments, **options)  # noqa: NPY201
    assert result.dtype == bool
    assert result.tolist() == expected


@pytest.mark.parametrize('name', NAMES)
def test_what_numpy_has_is_kept(name, monkeypatch):
    sentinel = object()
    monkeypatch.setattr(np, name, sentinel)
    numpy_names.install()
    assert getattr(np, name) is sentinel


@pytest.mark.parametrize('name', NAMES)
def test_what_numpy_lacks_is_added(name, monkeypatch):
    monkeypatch.delattr(np, name)
    numpy_names.install()
    assert name in vars(np)


@pytest.fixture(scope='module')
def diffusers():
    return pytest.importorskip('diffusers')


def test_the_old_name_of_the_unet_module(diffusers):
    old = importlib.import_module('diffusers.models.unet_2d_condition')
    new = importlib.import_module('diffusers.models.unets.unet_2d_condition')
    assert old.UNet2DConditionModel is new.UNet2DConditionModel
    assert old.UNet2DConditionOutput is new.UNet2DConditionOutput
    assert old.__name__ == 'diffusers.models.unet_2d_condition'
    assert diffusers.UNet2DConditionModel is old.UNet2DConditionModel


def test_other_absent_modules_of_diffusers_stay_absent(diffusers):
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module('diffusers.models.unet_3d_condition_absent')
