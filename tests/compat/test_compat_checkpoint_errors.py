"""A file that cannot be loaded ends in one sentence that names the file and the fix."""

import os
import urllib.error
import zipfile

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import _load_checkpoint, load_checkpoint

from mmsar.compat.mmengine_checkpoint import load_file, load_url
from mmsar.errors import CheckpointError

CONTENT = {
    'state_dict': {'weight': torch.arange(6.0).view(2, 3), 'steps': torch.tensor(3)},
    'meta': {'epoch': 70000, 'loss': 0.5, 'history': HistoryBuffer([1.0, 2.0], [1, 1])},
}
SUSPICIOUS = ('refused', 'could run code', 'weights_only=False')


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'weights.pth'


def error_of(path, load=_load_checkpoint):
    with pytest.raises(CheckpointError) as caught:
        load(str(path))
    message = str(caught.value)
    assert str(path) in message
    assert '\n' not in message
    return message


def test_a_missing_file(path):
    assert 'does not exist' in error_of(path)


def test_a_folder(tmp_path):
    assert 'does not exist' not in error_of(tmp_path)


def test_an_empty_file(path):
    path.touch()
    assert 'empty' in error_of(path)


@pytest.mark.skipif(not hasattr(os, 'geteuid') or os.geteuid() == 0, reason='root reads all files')
def test_an_unreadable_file(path):
    torch.save(CONTENT, path)
    path.chmod(0)
    error_of(path)


@pytest.mark.parametrize('share', [0.01, 0.5, 0.9, 0.999])
@pytest.mark.parametrize('zipped', [True, False], ids=['zip', 'legacy'])
def test_a_truncated_file(path, zipped, share):
    content = {'weight': torch.zeros(2000), **CONTENT}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    size = path.stat().st_size
    os.truncate(path, int(size * share))
    message = error_of(path, lambda file: load_checkpoint(torch.nn.Linear(3, 2), file))
    assert 'truncated' in message
    assert not any(word in message for word in SUSPICIOUS)


@pytest.mark.parametrize('zipped', [True, False], ids=['zip', 'legacy'])
def test_a_file_truncated_anywhere(path, zipped):
    torch.save(CONTENT, path, _use_new_zipfile_serialization=zipped)
    data = path.read_bytes()
    for length in range(1, len(data), 7):
        path.write_bytes(data[:length])
        error_of(path, load_file)


def test_a_file_with_a_flipped_byte(path):
    """Whatever byte is damaged, the outcome is the file or a CheckpointError, nothing else."""
    torch.save(CONTENT['state_dict'], path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    refused = 0
    for position in range(0, len(data), 7):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x5A]) + data[position + 1 :])
        try:
            load_file(path)
        except CheckpointError:
            refused += 1
    assert refused > 0


TEXTS = {
    'git-lfs pointer': b'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n',
    'web page': b'<!DOCTYPE html><html><body>Sign in</body></html>',
    'not found': b'404: Not Found',
    'json': b'{"error": "denied"}',
    'word': b'hello\n',
    'letter': b'a',
    'image': b'\x89PNG\r\n\x1a\n',
    'zeros': bytes(100),
}


@pytest.mark.parametrize('content', TEXTS.values(), ids=TEXTS.keys())
def test_a_file_that_is_no_checkpoint(path, content):
    path.write_bytes(content)
    message = error_of(path)
    assert 'not a PyTorch file' in message
    # Advice to load it without protection would be wrong, and alarming.
    assert not any(word in message for word in SUSPICIOUS)


def test_a_zip_that_is_no_checkpoint(path):
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('a.txt', 'hello')
        archive.writestr('b.txt', 'hello')
    assert 'not a PyTorch file' in error_of(path)


def test_a_torchscript_file_is_not_run(path):
    torch.jit.save(torch.jit.trace(torch.nn.Linear(1, 1), torch.zeros(1)), path)
    error_of(path)


@pytest.mark.skipif(torch.cuda.is_available(), reason='loads where there is a GPU')
def test_a_file_of_a_gpu_without_map_location(path):
    torch.save({'weight': torch.zeros(1)}, path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, 'w') as archive:
        for name, data in files.items():
            if name.endswith('data.pkl'):
                assert b'\x03\x00\x00\x00cpu' in data
                data = data.replace(b'\x03\x00\x00\x00cpu', b'\x06\x00\x00\x00cuda:0')
            archive.writestr(name, data)
    assert _load_checkpoint(str(path), map_location='cpu')['weight'].tolist() == [0]
    message = error_of(path)
    assert 'map_location' in message
    assert 'truncated' not in message


URL = 'https://weights.invalid/weights.pth'


@pytest.mark.parametrize(
    'failure',
    [
        urllib.error.URLError('no network'),
        urllib.error.HTTPError(URL, 404, 'Not Found', None, None),
        TimeoutError('too slow'),
        ConnectionResetError('reset'),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_download_that_fails(tmp_path, monkeypatch, failure):
    def download(*args, **kwargs):
        raise failure

    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    message = error_of(URL)
    assert 'cannot download' in message
    assert 'init_cfg' in message


@pytest.mark.parametrize('content', [b'', b'<html>Sign in</html>', b'PK\x03\x04 cut off'])
def test_a_download_that_is_no_checkpoint(tmp_path, monkeypatch, content):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    cached = tmp_path / 'hub' / 'checkpoints' / 'weights.pth'
    cached.parent.mkdir(parents=True)
    cached.write_bytes(content)
    message = error_of(URL)
    # torch reads its cache again and again: the user has to know which file to delete.
    assert str(cached) in message
    assert not any(word in message for word in SUSPICIOUS)


def test_the_hash_in_the_name_of_a_url_is_checked(tmp_path, monkeypatch):
    def download(url, target, hash_prefix=None, progress=True):
        assert hash_prefix == '12345678'
        raise RuntimeError('invalid hash value (expected "12345678", got "0")')

    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    url = 'https://weights.invalid/weights-12345678.pth'
    with pytest.raises(CheckpointError, match='invalid hash value'):
        load_url(url, model_dir=str(tmp_path), check_hash=True)
