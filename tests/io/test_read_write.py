"""Values come through exactly, in every format."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import scipy.io
from PIL import Image

from mmsar.errors import DataError
from mmsar.io import RasterMeta, open_raster, read_raster, write_raster

# What 8-bit code destroys: above one byte, the 16-bit range, decibels, missing values.
SPECIAL = np.array([[0, 1, 255], [300, 4000, 60000]])


def tiff(path: Path, array: np.ndarray, dtype: str | None = None, **options) -> Path:
    array = array if array.ndim == 3 else array[..., None]
    options = {'dtype': dtype or str(array.dtype), 'driver': 'GTiff', **options}
    height, width, count = array.shape
    with rasterio.open(path, 'w', height=height, width=width, count=count, **options) as file:
        file.write(np.moveaxis(array, -1, 0))
    return path


@pytest.mark.parametrize('dtype', ['uint16', 'uint32', 'int32', 'float32', 'float64'])
@pytest.mark.parametrize('suffix', ['.tif', '.npy'])
def test_numbers_come_back(tmp_path, dtype, suffix):
    write_raster(tmp_path / f'a{suffix}', SPECIAL.astype(dtype))
    array, meta = read_raster(tmp_path / f'a{suffix}')
    assert array.dtype == np.float32
    assert array.shape == (2, 3, 1)
    np.testing.assert_array_equal(array[..., 0], SPECIAL)
    assert (meta.dtype, meta.shape, meta.domain) == (dtype, (2, 3, 1), None)


@pytest.mark.parametrize('channels', [1, 3, 4])
@pytest.mark.parametrize('dtype', ['uint8', 'uint16'])
def test_png(tmp_path, dtype, channels):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (5, 4, channels), dtype)
    pixels[0, 0] = min(60000, np.iinfo(dtype).max)
    write_raster(tmp_path / 'a.png', pixels)
    np.testing.assert_array_equal(read_raster(tmp_path / 'a.png')[0], pixels)
    if dtype == 'uint8' and channels == 3:
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / 'a.png')), pixels)


def test_jpeg_is_read_as_pillow_reads_it(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (16, 16, 3), 'uint8')
    Image.fromarray(pixels).save(tmp_path / 'a.JPG', 'JPEG')
    array, _ = read_raster(tmp_path / 'a.JPG')
    np.testing.assert_array_equal(array, np.asarray(Image.open(tmp_path / 'a.JPG')))
    Image.fromarray(pixels[..., 0]).save(tmp_path / 'b.jpeg')
    assert read_raster(tmp_path / 'b.jpeg')[0].shape == (16, 16, 1)


def test_decibels_and_missing_values(tmp_path):
    values = np.array([[-25.0, np.nan, np.inf], [0.1, -np.inf, 3.5]], np.float32)
    for name in ('a.tif', 'a.npy'):
        write_raster(tmp_path / name, values)
        np.testing.assert_array_equal(read_raster(tmp_path / name)[0][..., 0], values)


def test_complex_values(tmp_path):
    values = (np.array([[300, -60], [32767, 0]]) + 1j * np.array([[-300, 7], [-32768, 5]])).astype(
        np.complex64
    )
    tiff(tmp_path / 'int16.tif', values, 'complex_int16')
    write_raster(tmp_path / 'float.tif', values)
    np.save(tmp_path / 'a.npy', values)
    np.savez(tmp_path / 'a.npz', values)
    scipy.io.savemat(tmp_path / 'a.mat', {'Sig': values, 'note': 'text'})
    for name in ('int16.tif', 'float.tif', 'a.npy', 'a.npz', 'a.mat'):
        array, meta = read_raster(tmp_path / name)
        assert array.dtype == np.complex64
        np.testing.assert_array_equal(array[..., 0], values)
        assert meta.domain == 'complex'
    assert read_raster(tmp_path / 'int16.tif')[1].dtype == 'complex_int16'


def test_several_arrays_are_chosen_by_name(tmp_path):
    np.savez(tmp_path / 'a.npz', low=SPECIAL, high=SPECIAL * 2)
    with pytest.raises(DataError, match='several arrays; choose by name= low, high'):
        read_raster(tmp_path / 'a.npz')
    assert read_raster(tmp_path / 'a.npz', name='high')[0].max() == 120000
    with pytest.raises(DataError, match="no array 'mid'"):
        read_raster(tmp_path / 'a.npz', name='mid')


def test_windows_and_bands(tmp_path):
    array = np.random.default_rng(0).random((40, 50, 3)).astype('float32')
    meta = RasterMeta((40, 50, 3), 'float32', polarisations=('VV', 'VH', 'HH'),
                      crs='EPSG:32632', transform=(10, 0, 500000, 0, -10, 6000000))  # fmt: skip
    write_raster(tmp_path / 'a.tif', array, meta)
    np.save(tmp_path / 'a.npy', array)
    for name, bands in (('a.tif', ['HH', 'VV']), ('a.npy', [2, 0])):
        part, part_meta = read_raster(tmp_path / name, window=(7, 9, 20, 30), bands=bands)
        np.testing.assert_array_equal(part, array[7:27, 9:39][..., [2, 0]])
        assert part.flags.writeable
        assert part.flags.c_contiguous
        assert part_meta.shape == (40, 50, 3)
    part_meta = read_raster(tmp_path / 'a.tif', window=(7, 9, 20, 30), bands=['HH'])[1]
    assert part_meta.polarisations == ('HH',)
    assert part_meta.transform == (10, 0, 500090, 0, -10, 5999930)
    assert part_meta.pixel_spacing == (10, 10)


def test_metadata_come_back(tmp_path):
    meta = RasterMeta(
        (4, 5, 1), '', domain='db', pixel_spacing=(1.5, 2.0), polarisations=('VH',), nodata=-99.0
    )
    write_raster(tmp_path / 'a.tif', np.zeros((4, 5)), meta, dtype='float32')
    again = read_raster(tmp_path / 'a.tif')[1]
    for field in ('domain', 'pixel_spacing', 'polarisations', 'nodata'):
        assert getattr(again, field) == getattr(meta, field)


def test_pixel_spacing_of_degrees(tmp_path):
    tiff(tmp_path / 'a.tif', SPECIAL.astype('uint16'), crs='EPSG:4326',
         transform=rasterio.Affine(0.001, 0, 11.0, 0, -0.001, 60.001))  # fmt: skip
    row, column = read_raster(tmp_path / 'a.tif')[1].pixel_spacing
    assert row == pytest.approx(111.2, rel=0.005)
    assert column == pytest.approx(111.2 * np.cos(np.radians(60)), rel=0.005)


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('s1a-iw-grd-vh-20240101.tiff', ('VH',)),
        ('scene_HH.tif', ('HH',)),
        ('harvvest.tif', ()),
    ],
)
def test_polarisation_from_the_file_name(tmp_path, name, expected):
    tiff(tmp_path / name, SPECIAL.astype('uint16'))
    assert read_raster(tmp_path / name)[1].polarisations == expected


def phoenix(path: Path, magnitude: np.ndarray, phase: np.ndarray, order: str) -> Path:
    rows, columns = magnitude.shape
    kind = 'f4' if magnitude.dtype.kind == 'f' else 'u2'
    header = (
        '\n[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= {:05d}\nnative_header_length= 0\n'
        f'NumberOfColumns= {columns}\nNumberOfRows= {rows}\nPolarization= HH\n'
        'RangePixelSpacing= 0.202148\nCrossRangePixelSpacing= 0.203125\n[EndofPhoenixHeader]\n'
    )
    header = header.format(len(header) - 1)  # six characters become five digits
    planes = [plane.astype(f'{order}{kind}').tobytes() for plane in (magnitude, phase)]
    path.write_bytes(header.encode() + b''.join(planes))
    return path


@pytest.mark.parametrize('order', ['>', '<'])
def test_phoenix_chip(tmp_path, order):
    generator = np.random.default_rng(0)
    magnitude = generator.rayleigh(0.3, (6, 7)).astype('f4')
    phase = generator.uniform(0, 2 * np.pi, (6, 7)).astype('f4')
    path = phoenix(tmp_path / 'HB03333.015', magnitude, phase, order)
    array, meta = read_raster(path)
    np.testing.assert_array_equal(array[..., 0], magnitude)
    assert (meta.domain, meta.polarisations) == ('amplitude', ('HH',))
    assert meta.pixel_spacing == (0.202148, 0.203125)
    assert meta.tags['NumberOfRows'] == '6'
    np.testing.assert_array_equal(read_raster(path, name='phase')[0][..., 0], phase)
    values, meta = read_raster(path, name='complex')
    np.testing.assert_allclose(values[..., 0], magnitude * np.exp(1j * phase), rtol=1e-6)
    assert meta.domain == 'complex'


def test_phoenix_scene_of_integers(tmp_path):
    magnitude = SPECIAL.astype('u2')
    path = phoenix(tmp_path / 'HB06158', magnitude, magnitude, '>')
    np.testing.assert_array_equal(read_raster(path)[0][..., 0], SPECIAL)
    with pytest.raises(DataError, match='only its magnitude'):
        read_raster(path, name='phase')


def test_real_files(shared):
    array, meta = read_raster(shared / 'data/mstar_phoenix_sample/HB14931.015')
    raw = (shared / 'data/mstar_phoenix_sample/HB14931.015').read_bytes()
    expected = np.frombuffer(raw, '>f4', 54 * 54, 1977).reshape(54, 54)
    np.testing.assert_array_equal(array[..., 0], expected)
    assert meta.tags['TargetType'] == 'slicey'
    path = shared / 'data/isar_aircraft/Experiment_data_airplane.mat'
    array, meta = read_raster(path)
    expected = scipy.io.loadmat(path)['Sig'].astype('complex64')
    np.testing.assert_array_equal(array[..., 0], expected)
    assert (meta.shape, meta.dtype) == ((500, 300, 1), 'complex128')


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * 4096


@pytest.mark.slow
@pytest.mark.skipif(not Path('/proc/self/statm').exists(), reason='needs /proc')
@pytest.mark.parametrize('layout', [{'tiled': True}, {'blockysize': 1}, {}])
def test_windows_of_a_huge_file_need_little_memory(tmp_path, layout):
    size = 30000
    options = {'dtype': 'uint16', 'count': 1, 'height': size, 'width': size, 'compress': 'deflate'}
    path = tmp_path / 'huge.tif'
    block = np.arange(1000 * size, dtype='uint32').reshape(1000, size) % 60001
    with rasterio.open(path, 'w', driver='GTiff', **options, **layout) as file:
        for row in range(0, size, 1000):
            window = rasterio.windows.Window(0, row, size, 1000)
            file.write(block.astype('uint16'), 1, window=window)
    del block
    before = most = resident()
    with open_raster(path) as raster:
        for row in range(0, size - 512, 1500):
            for column in (0, 14000, size - 512):
                part, _ = raster.read((row, column, 512, 512))
                most = max(most, resident())
    row += 511
    expected = ((row % 1000) * size + np.arange(column, column + 512)) % 60001
    np.testing.assert_array_equal(part[-1, :, 0], expected)
    assert most - before < 200e6


@pytest.mark.parametrize(
    ('name', 'values', 'options', 'message'),
    [
        ('a.png', [[1.0]], {}, r'PNG holds .* not 1 of float64'),
        ('a.png', [[300]], {'dtype': 'uint8'}, r'values from 300 to 300 do not fit uint8'),
        ('a.png', [[-1.0]], {'dtype': 'uint16'}, r'do not fit uint16'),
        ('a.tif', [[np.nan]], {'dtype': 'int16'}, r'int16 cannot hold NaN'),
        ('a.tif', [[1j]], {'dtype': 'float32'}, r'cannot hold complex'),
        ('a.tif', [['x']], {}, r'TIFF cannot hold'),
        ('a.npy', [], {}, r'cannot write shape'),
        ('a.jpg', [[1]], {}, r'cannot write \*\.jpg'),
    ],
)
def test_what_cannot_be_written_leaves_the_old_file(tmp_path, name, values, options, message):
    (tmp_path / name).write_text('old')
    with pytest.raises(DataError, match=message):
        write_raster(tmp_path / name, values, **options)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == 'old'


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, 'imwrite', lambda *args: False)
    with pytest.raises(DataError, match='could not be written'):
        write_raster(tmp_path / 'a.png', np.zeros((2, 2), 'uint8'))
    assert not list(tmp_path.iterdir())
