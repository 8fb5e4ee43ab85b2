"""Every kind of broken file ends in one message that names it."""

import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import scipy.io
from PIL import Image

from mmsar.errors import DataError, MMSARError
from mmsar.io import read_raster

PIXELS = np.random.default_rng(0).integers(0, 255, (64, 64), 'uint8')


def write(folder: Path, kind: str) -> Path:
    path = folder / f'a.{kind}'
    if kind in ('png', 'jpg'):
        Image.fromarray(PIXELS).save(path)
    elif kind == 'tif':
        options = {'driver': 'GTiff', 'height': 64, 'width': 64, 'count': 1, 'dtype': 'uint8'}
        with rasterio.open(path, 'w', **options) as file:
            file.write(PIXELS, 1)
    elif kind == 'npy':
        np.save(path, PIXELS)
    elif kind == 'npz':
        np.savez(path, PIXELS)
    elif kind == 'mat':
        scipy.io.savemat(path, {'a': PIXELS})
    elif kind == 'phx':
        header = '[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= 00117\nNumberOfColumns= 64\n'
        header += 'NumberOfRows= 64\n[EndofPhoenixHeader]\n'
        path.write_bytes(header.encode().ljust(117) + bytes(64 * 64 * 8))
    return path


KINDS = ['png', 'jpg', 'tif', 'npy', 'npz', 'mat', 'phx']


@pytest.mark.parametrize('kind', KINDS)
def test_whole_files_are_read(tmp_path, kind):
    assert read_raster(write(tmp_path, kind))[0].shape == (64, 64, 1)


@pytest.mark.parametrize('part', [0.1, 0.6, 0.98])
@pytest.mark.parametrize('kind', KINDS)
def test_truncated(tmp_path, kind, part):
    path = write(tmp_path, kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(DataError, match=rf'a\.{kind}.*(truncated|damaged)'):
        read_raster(path)


@pytest.mark.parametrize('kind', KINDS)
def test_empty(tmp_path, kind):
    path = tmp_path / f'a.{kind}'
    path.touch()
    with pytest.raises(DataError, match=rf'a\.{kind} is empty \(0 bytes\)'):
        read_raster(path)


@pytest.mark.parametrize('kind', KINDS)
def test_wrong_suffix(tmp_path, kind):
    path = write(tmp_path, kind)
    other = path.rename(path.with_suffix('.png' if kind != 'png' else '.tif'))
    with pytest.raises(DataError, match=r'by its content; rename it to \*\.\w+'):
        read_raster(other)


def nan(path):
    np.save(path, np.full((3, 3), np.nan))


def objects(path):
    np.save(path, np.array([{}, {}], dtype=object), allow_pickle=True)


def text(path):
    path.write_text('<html>Not found</html>')


def no_pixels(path):
    np.save(path, np.zeros((0, 5)))


def one_axis(path):
    np.save(path, np.zeros(5))


def strings(path):
    np.save(path, np.array([['a']]))


def bands_first(path):
    np.save(path, np.zeros((3, 100, 100)))


def hdf(path):
    path.write_bytes(b'MATLAB 7.3 MAT-file'.ljust(124) + struct.pack('<H', 0x0200) + b'IM')


def characters(path):
    scipy.io.savemat(path, {'a': 'text'})


def no_array(path):
    with zipfile.ZipFile(path, 'w'):
        pass


def headless(path):
    path.write_text('[PhoenixHeaderVer01.04]\nNumberOfRows= 4\n[EndofPhoenixHeader]\n')


def no_rows(path):
    path.write_text(
        '[PhoenixHeaderVer01.04]\nNumberOfRows= 0\nNumberOfColumns= 4\n[EndofPhoenixHeader]\n'
    )


@pytest.mark.parametrize(
    ('name', 'make', 'message'),
    [
        ('a.npy', nan, 'every value is NaN'),
        ('a.npy', objects, 'not a plain array of numbers'),
        ('a.npy', no_pixels, 'has no pixels'),
        ('a.npy', one_axis, r'shape \(5,\)'),
        ('a.npy', strings, 'not numbers'),
        ('a.npy', bands_first, 'bands first'),
        ('a.png', text, 'in none of the formats'),
        ('a.mat', hdf, 'version 7.3; save it again with: save -v7'),
        ('a.mat', characters, 'holds no array of numbers'),
        ('a.npz', no_array, 'holds no array of numbers'),
        ('a.phx', headless, 'NumberOfColumns'),
        ('a.phx', no_rows, "NumberOfRows is '0'"),
        ('a.png', Path.mkdir, 'is a folder'),
        ('a.SAFE', Path.mkdir, r'measurement/'),
        ('a.tif', lambda path: None, 'does not exist'),
    ],
)
def test_nothing_to_read(tmp_path, name, make, message):
    make(tmp_path / name)
    with pytest.raises(DataError, match=message) as error:
        read_raster(tmp_path / name)
    assert name in str(error.value)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'bands': [1]}, r'no band 1; its bands are 0 to 0'),
        ({'bands': ['VV']}, r"no band 'VV'"),
        ({'bands': []}, r'bands is empty'),
        ({'window': (0, 0, 65, 10)}, r'is not inside the image of 64 rows'),
        ({'window': (-1, 0, 10, 10)}, r'is not inside'),
        ({'window': (0, 0, 0, 10)}, r'is not inside'),
        ({'window': (0, 0)}, r'give \(row, column, height, width\)'),
    ],
)
@pytest.mark.parametrize('kind', ['tif', 'npy'])
def test_wrong_part(tmp_path, kind, options, message):
    with pytest.raises(DataError, match=message):
        read_raster(write(tmp_path, kind), **options)


def test_without_rasterio_the_message_says_which_extra(tmp_path, monkeypatch):
    path = write(tmp_path, 'tif')
    monkeypatch.setitem(sys.modules, 'rasterio', None)
    with pytest.raises(MMSARError, match=r"need rasterio; .*pip install -e '\.\[geo\]'"):
        read_raster(path)
