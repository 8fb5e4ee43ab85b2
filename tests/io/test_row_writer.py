"""Rasters written from the top to the bottom."""

import numpy as np
import pytest

from mmsar.errors import DataError
from mmsar.io import RasterMeta, RowWriter, read_raster


@pytest.mark.parametrize('name', ['a.tif', 'a.npy', 'a.png'])
@pytest.mark.parametrize('height', [40, 600])
def test_parts_make_the_whole(tmp_path, name, height):
    dtype = 'uint16' if name.endswith('png') else 'float32'
    values = np.random.default_rng(0).uniform(0, 60000, (height, 300, 1)).astype('float32')
    meta = RasterMeta((height, 300, 1), dtype, domain='db', pixel_spacing=(2.0, 3.0))
    with RowWriter(tmp_path / name, values.shape, dtype, meta) as writer:
        for row in range(0, height, 17):
            writer.write(values[row : row + 17])
            assert not (tmp_path / name).exists()
    array, found = read_raster(tmp_path / name)
    np.testing.assert_array_equal(array, np.rint(values) if dtype == 'uint16' else values)
    if name == 'a.tif':
        assert (found.domain, found.pixel_spacing) == ('db', (2.0, 3.0))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_integers_are_cut_to_their_range(tmp_path):
    with RowWriter(tmp_path / 'a.npy', (1, 3, 1), 'uint8') as writer:
        writer.write(np.array([[[-3.0], [4.6], [300.0]]]))
    assert np.load(tmp_path / 'a.npy').ravel().tolist() == [0, 5, 255]


def write_some(path, rows, error=None):
    with RowWriter(path, (9, 9, 1), 'uint8') as writer:
        writer.write(np.zeros((rows, 9, 1)))
        if error:
            raise error


@pytest.mark.parametrize('name', ['a.tif', 'a.npy', 'a.png'])
def test_nothing_is_left_of_a_part(tmp_path, name):
    with pytest.raises(KeyError):
        write_some(tmp_path / name, 4, KeyError())
    with pytest.raises(DataError, match='4 of 9 rows written'):
        write_some(tmp_path / name, 4)
    with pytest.raises(DataError, match='do not fit a raster of'):
        write_some(tmp_path / name, 10)
    assert not list(tmp_path.iterdir())


def test_formats_that_cannot(tmp_path):
    with pytest.raises(DataError, match=r'cannot write \*\.jpg'):
        RowWriter(tmp_path / 'a.jpg', (9, 9, 1), 'uint8')
    with pytest.raises(DataError, match='not 1 of float32; choose'):
        RowWriter(tmp_path / 'a.png', (9, 9, 1), 'float32')
