"""Values of files: to the network, back, and into a file like the one that they came from."""

import numpy as np
import pytest

from mmsar.engine.migration.values import Values
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, read_raster, write_raster

RNG = np.random.default_rng(0)
SIXTEEN = RNG.integers(0, 40000, (6, 5, 1)).astype(np.uint16)
FIXED = {'rule': 'fixed', 'low': 0, 'high': 40000}
CASES = {
    'eight.png': (RNG.integers(0, 256, (6, 5, 1)).astype(np.uint8), {'rule': '8bit'}),
    'colour.png': (RNG.integers(0, 256, (6, 5, 1)).astype(np.uint8).repeat(3, 2), {'rule': '8bit'}),
    'sixteen.png': (SIXTEEN, FIXED),
    'sixteen.tif': (SIXTEEN, FIXED),
    'signed.npy': (SIXTEEN.astype(np.int32) // 2, FIXED),
    'long.tif': (SIXTEEN.astype(np.uint32), FIXED),
    'float.tif': (SIXTEEN.astype(np.float32) / 7, FIXED),
    'double.npy': (SIXTEEN / 7, FIXED),
    'scene.npy': (SIXTEEN / 7, {'rule': 'percentile', 'low': 0, 'high': 100}),
    'decibels.npy': (np.log10(SIXTEEN + 1.0) * 20, {'rule': 'fixed', 'low': 0, 'high': 100}),
}


def test_files_come_back(tmp_path):
    for name, (array, stretch) in CASES.items():
        require_same(tmp_path, name, array, stretch)


def require_same(tmp_path, name, array, stretch):
    write_raster(tmp_path / name, array)
    values = Values({}, stretch)
    loaded = values.read(tmp_path / name)
    assert loaded.image.shape == (6, 5)
    assert loaded.image.dtype == np.float32
    assert loaded.image.min() >= 0
    assert loaded.image.max() <= 1
    assert np.ptp(loaded.image) > 0.1
    values.write(tmp_path / 'out' / name, loaded.image.astype(np.float64), loaded)
    again, meta = read_raster(tmp_path / 'out' / name)
    assert meta.dtype == (str(array.dtype) if array.dtype.kind in 'iu' else 'float32')
    assert again.shape == array.shape
    exact = array.dtype.kind in 'iu'
    np.testing.assert_allclose(again, array, rtol=0, atol=0 if exact else 4e-3)


def test_domains_are_those_of_the_file(tmp_path):
    power = RNG.gamma(4, 25, (6, 5)).astype(np.float32)
    meta = RasterMeta(
        (6, 5, 1), 'float32', domain='intensity', crs='EPSG:32633', transform=(2, 0, 5, 0, -2, 9)
    )
    write_raster(tmp_path / 'a.tif', power, meta)
    values = Values({'domain_out': 'amplitude'}, {'rule': 'fixed', 'low': 0, 'high': 50})
    loaded = values.read(tmp_path / 'a.tif')
    np.testing.assert_allclose(loaded.image, np.sqrt(power) / 50, rtol=1e-5)
    values.write(tmp_path / 'b.tif', loaded.image / 2, loaded)
    again, kept = read_raster(tmp_path / 'b.tif')
    np.testing.assert_allclose(again[..., 0], power / 4, rtol=1e-4)
    assert (kept.domain, kept.crs, kept.transform) == ('intensity', 'EPSG:32633', meta.transform)


def test_complex_values_become_amplitudes(tmp_path):
    values = Values({}, {'rule': 'fixed', 'low': 0, 'high': 10})
    array = np.array([[3 + 4j, 0.5], [1j, 2]])
    write_raster(tmp_path / 'a.npy', array)
    loaded = values.read(tmp_path / 'a.npy')
    values.write(tmp_path / 'b.npy', loaded.image, loaded)
    again, meta = read_raster(tmp_path / 'b.npy')
    np.testing.assert_allclose(again[..., 0], np.abs(array), rtol=1e-6)
    assert meta.dtype == 'float32'


def test_pixels_without_data_stay_without(tmp_path):
    require_missing(tmp_path, np.nan, np.float32)
    require_missing(tmp_path, -9999.0, np.float32)
    require_missing(tmp_path, 0.0, np.uint16)


def require_missing(tmp_path, nodata, dtype):
    array = np.full((6, 5), 30).astype(dtype)
    array[2, 3] = nodata
    write_raster(tmp_path / 'a.tif', array, RasterMeta((6, 5, 1), str(array.dtype), nodata=nodata))
    values = Values({}, {'rule': 'fixed', 'low': 0, 'high': 100})
    loaded = values.read(tmp_path / 'a.tif')
    assert loaded.image[2, 3] == 0
    values.write(tmp_path / 'b.tif', loaded.image + 0.2, loaded)
    again, meta = read_raster(tmp_path / 'b.tif')
    expected = np.where(np.arange(30).reshape(6, 5) == 13, nodata, 50)
    np.testing.assert_allclose(again[..., 0], expected, rtol=1e-6)
    np.testing.assert_equal(meta.nodata, nodata)


def test_results_are_cut_to_what_the_type_holds(tmp_path):
    write_raster(tmp_path / 'a.png', np.full((4, 4), 200, np.uint8))
    values = Values({}, {'rule': 'fixed', 'low': 0, 'high': 1000})
    loaded = values.read(tmp_path / 'a.png')
    values.write(tmp_path / 'b.png', np.linspace(0, 1, 16).reshape(4, 4), loaded)
    assert read_raster(tmp_path / 'b.png')[0].max() == 255


def test_bad_values(tmp_path):
    values = Values({}, {'rule': 'fixed', 'low': 0, 'high': 100})
    array = np.ones((4, 4), np.float32)
    for bad in (np.nan, np.inf):
        array[1, 2] = bad
        write_raster(tmp_path / 'a.npy', array)
        with pytest.raises(DataError, match=r'a\.npy has 1 values that are NaN or infinite'):
            values.read(tmp_path / 'a.npy')
    write_raster(
        tmp_path / 'empty.tif',
        np.zeros((4, 4), np.float32),
        RasterMeta((4, 4, 1), 'float32', nodata=0),
    )
    with pytest.raises(DataError, match='NaN'):
        values.read(tmp_path / 'empty.tif')
    write_raster(tmp_path / 'bands.npy', RNG.random((4, 4, 2)))
    with pytest.raises(DataError, match='2 different bands'):
        values.read(tmp_path / 'bands.npy')
    write_raster(tmp_path / 'good.npy', np.ones((4, 4), np.float32))
    with pytest.raises(DataError, match=r"holds float32 values.*rule='db'"):
        Values({}, {'rule': '8bit'}).read(tmp_path / 'good.npy')
    loaded = values.read(tmp_path / 'good.npy')
    with pytest.raises(DataError, match=r'b\.npy: the result has values that are NaN'):
        values.write(tmp_path / 'b.npy', np.full((4, 4), np.nan), loaded)
    assert not (tmp_path / 'b.npy').exists()


def test_bad_arguments():
    for load, stretch, match in (
        ({'channels': 3}, {'rule': '8bit'}, 'load.channels is not open'),
        ({'domain_out': 'complex'}, {'rule': '8bit'}, 'only real values'),
        ({}, {'rule': '8bit', 'out': (0, 255)}, 'stretch.out is not open'),
        ({}, {'rule': 'automatic'}, 'rule='),
    ):
        with pytest.raises(ConfigError, match=match):
            Values(load, stretch)
