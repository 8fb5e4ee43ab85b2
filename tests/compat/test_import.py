"""``import mmsar`` installs the bridges, and costs little."""

import json
import subprocess
import sys

import pytest

import mmsar
from mmsar import compat

HEAVY = [
    'torchvision',
    'mmcv',
    'mmdet',
    'mmpretrain',
    'mmagic',
    'diffusers',
    'transformers',
    'mmengine.runner',
]
CODE = """
import json, sys
import mmsar
loaded = sorted(sys.modules)
before = list(sys.meta_path)
mmsar.compat.install()
print(json.dumps({'loaded': loaded, 'grown': len(sys.meta_path) - len(before)}))
"""


@pytest.fixture(scope='module')
def fresh():
    """What a new process holds after ``import mmsar``."""
    result = subprocess.run(
        [sys.executable, '-c', CODE], capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


@pytest.mark.parametrize('name', HEAVY)
def test_import_leaves_heavy_packages_alone(fresh, name):
    assert 'torch' in fresh['loaded']
    assert name not in fresh['loaded']


def test_installing_twice_changes_nothing_in_a_new_process(fresh):
    assert fresh['grown'] == 0


def test_installing_twice_changes_nothing_later():
    before = list(sys.meta_path)
    compat.install()
    assert sys.meta_path == before


def test_version():
    assert mmsar.__version__.split('.')[0].isdigit()
