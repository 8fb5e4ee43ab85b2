"""Acting on imports that have not happened yet."""

import importlib
import importlib.util
import sys
from types import ModuleType

import pytest

from mmsar.compat.import_hooks import FallbackFinder, after_import


@pytest.fixture(autouse=True)
def restore(monkeypatch, tmp_path):
    """Put back ``sys.meta_path`` and ``sys.modules``; ``tmp_path`` can be imported from."""
    monkeypatch.setattr(sys, 'meta_path', list(sys.meta_path))
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def seen():
    return []


@pytest.fixture
def late(tmp_path, seen):
    (tmp_path / 'latemod.py').write_text('value = 1\n')

    def callback(module):
        seen.append(module.value)
        module.value = 2

    after_import('latemod', callback)
    return 'latemod'


def test_the_callback_runs_once_after_the_module(late, seen):
    assert seen == []
    assert importlib.import_module(late).value == 2
    importlib.import_module(late)
    assert seen == [1]


def test_the_callback_runs_at_once_for_an_imported_module(late, seen):
    importlib.import_module(late)
    after_import(late, lambda module: seen.append('again'))
    assert seen == [1, 'again']


def test_the_callback_survives_a_mere_search(late):
    assert importlib.util.find_spec(late) is not None
    assert importlib.import_module(late).value == 2


def test_the_callback_survives_a_failed_import(late, tmp_path):
    (tmp_path / 'latemod.py').write_text('raise RuntimeError\n')
    with pytest.raises(RuntimeError):
        importlib.import_module(late)
    # Another size, or the byte code of the failing file would be taken for this one.
    (tmp_path / 'latemod.py').write_text('value = 1  # now it works\n')
    importlib.invalidate_caches()
    assert importlib.import_module(late).value == 2


def test_the_callback_runs_again_on_reload(late):
    module = importlib.import_module(late)
    assert importlib.reload(module).value == 2


def test_a_module_that_does_not_exist_is_still_an_import_error():
    after_import('nosuchmod', lambda module: None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module('nosuchmod')


def package(tmp_path, files):
    folder = tmp_path / 'hostpkg'
    folder.mkdir()
    (folder / '__init__.py').touch()
    for name in files:
        (folder / f'{name}.py').write_text("origin = 'real'\n")


def offer():
    def create():
        module = ModuleType('hostpkg._ext')
        module.origin = 'fallback'
        return module

    FallbackFinder('hostpkg._ext', create, parent='hostpkg').install()


@pytest.mark.parametrize(('files', 'origin'), [(['_ext'], 'real'), ([], 'fallback')])
def test_the_fallback_is_used_only_without_a_real_module(tmp_path, files, origin):
    package(tmp_path, files)
    offer()
    module = importlib.import_module('hostpkg._ext')
    assert module.origin == origin
    assert sys.modules['hostpkg']._ext is module


def test_the_fallback_needs_its_parent():
    offer()
    with pytest.raises(ModuleNotFoundError, match='hostpkg'):
        importlib.import_module('hostpkg._ext')


def test_the_fallback_is_installed_once_and_last():
    before = len(sys.meta_path)
    offer()
    offer()
    assert len(sys.meta_path) == before + 1
    assert isinstance(sys.meta_path[-1], FallbackFinder)
