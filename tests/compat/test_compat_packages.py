"""Finding installed packages without ``pkg_resources``."""

import sys
from importlib import metadata
from pathlib import Path

import mmengine.config.config
import mmengine.utils
import pytest
from mmengine.config import Config
from mmengine.config.utils import MODULE2PACKAGE

from mmsar.compat import mmengine_packages
from mmsar.compat.mmengine_packages import get_installed_path, is_installed, package2module


@pytest.fixture(autouse=True)
def no_pkg_resources(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pkg_resources', None)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A distribution ``fake-dist`` that holds the package ``fakemod``, and two odd ones."""
    monkeypatch.setattr(sys, 'path', [str(tmp_path), *sys.path])
    for name in ('fakemod', 'fakenamespace'):
        (tmp_path / name).mkdir()
    (tmp_path / 'fakemod' / '__init__.py').touch()
    for name, top_level in (('fake_dist', 'fakemod\nfakeother\n'), ('silent_dist', None)):
        info = tmp_path / f'{name}-1.0.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n')
        if top_level:
            (info / 'top_level.txt').write_text(top_level)
    return tmp_path


@pytest.mark.parametrize(
    ('package', 'expected'),
    [
        ('mmcv', True),
        ('mmdet', True),
        ('mmengine', True),
        ('no-such-distribution', False),
        ('nosuchmodule', False),
    ],
)
def test_is_installed(package, expected):
    assert is_installed(package) is expected


def test_is_installed_knows_distributions_and_modules(fake):
    assert is_installed('fake-dist')
    assert is_installed('fakemod')
    assert not is_installed('fakenamespace')


@pytest.mark.parametrize(('package', 'folder'), [('mmcv', 'mmcv'), ('mmdet', 'mmdet')])
def test_get_installed_path(package, folder):
    path = Path(get_installed_path(package))
    assert path.name == folder
    assert (path / '__init__.py').is_file()


def test_get_installed_path_of_a_distribution_with_another_name(fake):
    assert get_installed_path('fake-dist') == str(fake / 'fakemod')
    assert get_installed_path('fakemod') == str(fake / 'fakemod')


def test_get_installed_path_of_an_absent_package():
    with pytest.raises(metadata.PackageNotFoundError, match='nosuchmodule'):
        get_installed_path('nosuchmodule')


def test_get_installed_path_of_a_namespace_package(fake):
    with pytest.raises(RuntimeError, match='fakenamespace is a namespace package'):
        get_installed_path('fakenamespace')


def test_package2module(fake):
    assert package2module('fake-dist') == 'fakemod'


@pytest.mark.parametrize('package', ['silent-dist', 'no-such-distribution'])
def test_package2module_that_cannot_tell(fake, package):
    with pytest.raises(ValueError, match=package):
        package2module(package)


def test_every_copy_of_the_functions_is_replaced():
    for module in (mmengine.utils, mmengine.utils.package_utils, mmengine.config.config):
        for function in (module.is_installed, module.get_installed_path):
            assert 'pkg_resources' not in function.__code__.co_names


def test_functions_that_are_whole_are_kept(monkeypatch):
    def is_installed(package):
        return 'upstream'

    monkeypatch.setattr(mmengine_packages.upstream, 'is_installed', is_installed)
    mmengine_packages.install()
    assert mmengine_packages.upstream.is_installed is is_installed


def test_odd_entries_of_sys_modules_do_no_harm(monkeypatch):
    class NoDict:
        __slots__ = ()

    def is_installed(package):
        import pkg_resources

        return pkg_resources

    monkeypatch.setattr(mmengine_packages.upstream, 'is_installed', is_installed)
    monkeypatch.setitem(sys.modules, 'odd_module', NoDict())
    mmengine_packages.install()
    assert mmengine_packages.upstream.is_installed is mmengine_packages.is_installed


def test_a_base_config_of_another_toolbox(tmp_path):
    config = tmp_path / 'config.py'
    config.write_text(
        "_base_ = 'mmdet::_base_/models/faster-rcnn_r50_fpn.py'\n"
        'model = dict(roi_head=dict(bbox_head=dict(num_classes=1)))\n'
    )
    model = Config.fromfile(config).model
    assert model.type == 'FasterRCNN'
    assert model.backbone.depth == 50
    assert model.roi_head.bbox_head.num_classes == 1


def test_a_base_config_of_an_absent_toolbox(tmp_path, monkeypatch):
    config = tmp_path / 'config.py'
    config.write_text("_base_ = 'mmaction::recognition/tsn.py'\n")
    monkeypatch.setitem(MODULE2PACKAGE, 'mmaction', 'nosuchmodule')
    with pytest.raises(ModuleNotFoundError, match='nosuchmodule is not installed'):
        Config.fromfile(config)
