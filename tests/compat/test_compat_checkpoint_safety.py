"""No place where mmengine loads a checkpoint runs code from it."""

import argparse
import contextlib
import functools
import importlib.util
import io
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import zipfile
from types import ModuleType, SimpleNamespace

import mmengine
import mmengine.logging.history_buffer
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel, BaseModule
from mmengine.runner import Runner, checkpoint
from mmengine.utils import dl_utils

from mmsar.compat import mmengine_checkpoint
from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError

URL = 'http://weights.invalid/folder/weights.pth'


class Reduce:
    """Pickles as a call of ``function(*arguments)``, and whatever else a reduce may hold."""

    def __init__(self, function, arguments, state=None, items=None):
        self.value = function, arguments, state, None, items and iter(items)

    def __reduce__(self):
        return self.value


def shell(marker):
    return Reduce(os.system, (f'echo run > "{marker}"',))


def python(marker):
    return Reduce(eval, (f'open({str(marker)!r}, "w").close()',))


def through_getattr(marker):
    """Reach ``eval`` from an allowed class with ``getattr`` alone, as a weights-only load allows.

    The global dictionary behind ``HistoryBuffer.__init__`` gives ``eval``; with ``np.array``
    replaced by it there, making a ``HistoryBuffer`` evaluates its first argument.
    """
    init = Reduce(getattr, (HistoryBuffer, '__init__'))
    names = Reduce(getattr, (init, '__globals__'))
    module = Reduce(argparse.Namespace, (), names)
    builtins = Reduce(argparse.Namespace, (), Reduce(getattr, (module, '__builtins__')))
    numpy = Reduce(argparse.Namespace, (), {'array': Reduce(getattr, (builtins, 'eval'))})
    patched = Reduce(getattr, (init, '__globals__'), None, [('np', numpy)])
    code = f'open({str(marker)!r}, "w").close()'
    return [patched, Reduce(HistoryBuffer, (code, code))]


def zip_file(payload, file):
    torch.save({'state_dict': {'weight': torch.zeros(1)}, 'meta': payload}, file)


def legacy_file(payload, file):
    content = {'state_dict': {'weight': torch.zeros(1)}, 'meta': payload}
    torch.save(content, file, _use_new_zipfile_serialization=False)


def plain_pickle(payload, file):
    file.write_bytes(pickle.dumps({'state_dict': payload}, protocol=2))


def modern_pickle(payload, file):
    file.write_bytes(pickle.dumps(payload, protocol=5))


EVIL = {
    'shell in a zip': (zip_file, shell),
    'eval in a zip': (zip_file, python),
    'getattr in a zip': (zip_file, through_getattr),
    'shell in the legacy format': (legacy_file, shell),
    'getattr in the legacy format': (legacy_file, through_getattr),
    'shell in a plain pickle': (plain_pickle, shell),
    'shell in a modern pickle': (modern_pickle, shell),
}


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """Where it succeeds, ``through_getattr`` overwrites ``np`` in mmengine; put it back."""
    monkeypatch.setattr(mmengine.logging.history_buffer, 'np', np)


@pytest.fixture(params=EVIL.values(), ids=EVIL.keys())
def evil(request, tmp_path):
    """A malicious file and the marker that shows whether it ran."""
    write, payload = request.param
    file, marker = tmp_path / 'evil' / 'weights.pth', tmp_path / 'marker'
    file.parent.mkdir()
    write(payload(marker), file)
    return SimpleNamespace(file=file, marker=marker)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Serve URLs from files, without network; return the folder that plays the server."""
    server = tmp_path / 'evil'
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch_home'))
    monkeypatch.setenv('MMENGINE_HOME', str(tmp_path / 'mmengine_home'))

    def download(url, target, hash_prefix=None, progress=True):
        shutil.copy(server / os.path.basename(url), target)

    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    return server


def init_cfg(path, **options):
    BaseModule(init_cfg={'type': 'Pretrained', 'checkpoint': path, **options}).init_weights()


def torchvision_name(path, monkeypatch):
    monkeypatch.setattr(checkpoint, 'get_torchvision_models', lambda: {'net': URL})
    checkpoint._load_checkpoint('torchvision://net')


def mmcls_name(path, monkeypatch):
    monkeypatch.setattr(checkpoint, 'get_mmcls_models', lambda: {'net': URL})
    checkpoint._load_checkpoint('mmcls://net')


def openmmlab_url(path, monkeypatch):
    monkeypatch.setattr(checkpoint, 'get_external_models', lambda: {'net': URL})
    checkpoint._load_checkpoint('openmmlab://net')


def openmmlab_file(path, monkeypatch):
    monkeypatch.setattr(checkpoint, 'get_external_models', lambda: {'net': path})
    checkpoint._load_checkpoint('open-mmlab://net')


def s3(path, monkeypatch):
    backend = SimpleNamespace(get=lambda name: pathlib.Path(path).read_bytes())
    monkeypatch.setattr(checkpoint, 'get_file_backend', lambda *_, **__: backend)
    checkpoint._load_checkpoint('s3://bucket/weights.pth')


def pavi(path, monkeypatch):
    model = SimpleNamespace(name='x.pth', download=lambda target: shutil.copy(path, target))
    module = ModuleType('pavi')
    module.modelcloud = SimpleNamespace(get=lambda name: model)
    monkeypatch.setitem(sys.modules, 'pavi', module)
    checkpoint._load_checkpoint('pavi://weights.pth')


ROUTES = {
    'load_checkpoint': lambda path, _: checkpoint.load_checkpoint(torch.nn.Linear(1, 1), path),
    '_load_checkpoint': lambda path, _: checkpoint._load_checkpoint(path, map_location='cpu'),
    'with prefix': lambda path, _: checkpoint._load_checkpoint_with_prefix('a', path),
    'CheckpointLoader': lambda path, _: checkpoint.CheckpointLoader.load_checkpoint(path),
    'load_from_local': lambda path, _: checkpoint.load_from_local(path, map_location=None),
    'load_from_http': lambda path, _: checkpoint.load_from_http(URL),
    'load_url': lambda path, _: checkpoint.load_url(URL, model_dir=os.path.dirname(path)),
    'http': lambda path, _: checkpoint.load_checkpoint(torch.nn.Linear(1, 1), URL),
    'https': lambda path, _: checkpoint._load_checkpoint(URL.replace('http', 'https')),
    'torchvision': torchvision_name,
    'mmcls': mmcls_name,
    'openmmlab url': openmmlab_url,
    'openmmlab file': openmmlab_file,
    's3': s3,
    'pavi': pavi,
    'init_cfg': lambda path, _: init_cfg(path),
    'init_cfg with prefix': lambda path, _: init_cfg(path, prefix='backbone.'),
    'init_cfg of a url': lambda path, _: init_cfg(URL),
    'dl_utils.load_url': lambda path, _: dl_utils.load_url(URL),
}


@pytest.mark.parametrize('unsafe_default', [False, True], ids=['', 'TORCH_FORCE_NO_WEIGHTS_ONLY'])
@pytest.mark.parametrize('route', ROUTES.values(), ids=ROUTES.keys())
def test_every_loader_refuses(evil, offline, monkeypatch, route, unsafe_default):
    if unsafe_default:
        monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    with pytest.raises(CheckpointError) as caught:
        route(str(evil.file), monkeypatch)
    message = str(caught.value)
    assert 'refused' in message
    assert 'could run code' in message
    assert '\n' not in message
    assert not evil.marker.exists()


def test_the_files_are_harmful_in_an_unsafe_load(evil):
    with contextlib.suppress(RuntimeError):  # a plain pickle is no checkpoint, says torch then
        torch.load(evil.file, weights_only=False)
    assert evil.marker.exists()


def test_getattr_among_the_safe_globals_would_be_a_hole(tmp_path):
    marker, file = tmp_path / 'marker', tmp_path / 'weights.pth'
    zip_file(through_getattr(marker), file)
    allowed = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        with torch.serialization.safe_globals([getattr, HistoryBuffer, argparse.Namespace]):
            torch.load(file, weights_only=True)
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(allowed)
    assert marker.exists()


def test_plain_getattr_is_not_allowed():
    allowed = torch.serialization.get_safe_globals()
    assert getattr not in allowed
    names = [entry[1] for entry in allowed if isinstance(entry, tuple)]
    assert names.count('builtins.getattr') == 1


@pytest.mark.parametrize(
    'arguments',
    [
        (HistoryBuffer, '__init__'),
        (HistoryBuffer, '__dict__'),
        (HistoryBuffer, 'register_statistics'),
        (np.ndarray, 'max'),
        (argparse.Namespace, '__init__'),
        (HistoryBuffer,),
        (HistoryBuffer, 'missing', None),
        (HistoryBuffer, ['min']),
    ],
    ids=str,
)
def test_getattr_answers_for_the_statistics_alone(tmp_path, arguments):
    file = tmp_path / 'weights.pth'
    torch.save({'x': Reduce(getattr, arguments)}, file)
    with pytest.raises(CheckpointError, match='refused'):
        load_file(file)


def test_an_open_file_is_refused_too(evil):
    with open(evil.file, 'rb') as file, pytest.raises(CheckpointError, match='refused'):
        load_file(file)
    assert not evil.marker.exists()


def test_weights_only_cannot_be_switched_off(evil):
    with pytest.raises(CheckpointError, match='refused'):
        load_file(evil.file, weights_only=False)
    assert not evil.marker.exists()


def test_a_zipped_file_behind_a_url_is_refused(evil, offline):
    """Early torch hub files are a zip archive of one pickle."""
    with zipfile.ZipFile(offline / 'zipped.pth', 'w') as archive:
        archive.write(evil.file, 'inner.pth')
    with pytest.raises(CheckpointError, match='refused'):
        checkpoint._load_checkpoint('http://weights.invalid/zipped.pth')
    assert not evil.marker.exists()


def save(content, file):
    torch.save({'state_dict': {'weight': torch.zeros(1)}, 'meta': content}, file)


def test_an_array_cannot_point_into_foreign_memory(tmp_path):
    """``HistoryBuffer(log, count)`` calls ``np.array``, which follows ``__array_interface__``."""
    secret = np.array([1234567890], dtype=np.int64)
    view = argparse.Namespace()
    view.__array_interface__ = {
        'data': (secret.ctypes.data, False),
        'shape': (1,),
        'typestr': '<i8',
        'version': 3,
    }
    file = tmp_path / 'weights.pth'
    save(Reduce(HistoryBuffer, ([view], [1])), file)
    with pytest.raises(CheckpointError):
        load_file(file)


def test_a_file_cannot_change_the_statistics_of_other_buffers(tmp_path, monkeypatch):
    monkeypatch.setattr(HistoryBuffer, '_statistics_methods', {})
    buffer = HistoryBuffer([1.0, 3.0], [1, 1])
    state = {**vars(buffer), 'statistics_methods': {'mean': HistoryBuffer.max}}
    monkeypatch.setattr(HistoryBuffer, '__getstate__', lambda self: state)
    file = tmp_path / 'weights.pth'
    save(HistoryBuffer(), file)
    with contextlib.suppress(CheckpointError):
        load_file(file)
    assert buffer.statistics('mean') == 2


def test_a_dtype_cannot_hide_that_it_holds_objects(tmp_path):
    """Bytes of the file would be taken for addresses of Python objects (here: null)."""
    state = (3, '|', None, ('a',), {'a': (np.dtype('O'), 0)}, 8, 1, 0)
    forged = Reduce(np.dtype, ('V8', False, True), state)
    reconstruct = np.zeros(1).__reduce__()[0]
    array = Reduce(reconstruct, (np.ndarray, (0,), b'b'), (1, (1,), forged, False, bytes(8)))
    file = tmp_path / 'weights.pth'
    save(array, file)
    with pytest.raises(CheckpointError):
        load_file(file)


def test_loaders_are_safe_when_mmengine_was_imported_first(evil, monkeypatch):
    spec = importlib.util.find_spec('mmengine.runner.checkpoint')
    spec = importlib.util.spec_from_file_location(spec.name, spec.origin)
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    monkeypatch.setitem(sys.modules, spec.name, fresh)
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    assert fresh.load_from_local.__module__ == 'mmengine.runner.checkpoint'
    mmengine_checkpoint.install()
    with pytest.raises(CheckpointError, match='refused'):
        fresh._load_checkpoint(str(evil.file))
    assert not evil.marker.exists()


class Toy(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        return {'loss': self.linear(inputs).mean()}


def make_runner(work_dir, **options):
    return Runner(
        Toy(),
        str(work_dir),
        train_dataloader={
            'dataset': [{'inputs': torch.zeros(1)}],
            'sampler': {'type': 'DefaultSampler'},
            'collate_fn': {'type': 'default_collate'},
            'batch_size': 1,
        },
        train_cfg={'by_epoch': True, 'max_epochs': 1},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1}},
        log_level='ERROR',
        experiment_name=f'{work_dir.parent.name}-{work_dir.name}',
        **options,
    )


@pytest.mark.parametrize('options', [{'resume': True}, {}], ids=['resume', 'load_from'])
def test_a_runner_refuses(evil, tmp_path, options):
    runner = make_runner(tmp_path / 'work', load_from=str(evil.file), **options)
    with pytest.raises(CheckpointError, match='refused'):
        runner.train()
    assert not evil.marker.exists()


def test_a_runner_refuses_to_resume_from_last_checkpoint(evil, tmp_path):
    work = tmp_path / 'work'
    work.mkdir()
    (work / 'last_checkpoint').write_text(str(evil.file))
    with pytest.raises(CheckpointError, match='refused'):
        make_runner(work, resume=True).train()
    assert not evil.marker.exists()


@pytest.mark.parametrize(
    'thing',
    [
        eval,
        open,
        setattr,
        __import__,
        np.load,
        torch.load,
        pickle.loads,
        subprocess.Popen,
        importlib.import_module,
        functools.partial,
        pathlib.PurePosixPath,
        mmengine.Config,
    ],
    ids=lambda thing: thing.__name__,
)
def test_other_functions_and_classes_are_refused_by_name(tmp_path, thing):
    file = tmp_path / 'weights.pth'
    save(thing, file)
    with pytest.raises(CheckpointError, match=f'refused: it holds .*{thing.__name__}'):
        load_file(file)


def test_reading_from_memory(tmp_path):
    buffer = io.BytesIO()
    torch.save({'state_dict': {'weight': torch.ones(2)}}, buffer)
    buffer.seek(0)
    assert load_file(buffer)['state_dict']['weight'].tolist() == [1, 1]
