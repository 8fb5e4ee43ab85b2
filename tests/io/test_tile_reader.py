"""Tiles of large rasters."""

from pathlib import Path

import numpy as np
import pytest

from mmsar.errors import ConfigError
from mmsar.io import TileReader, Tiling, Window
from mmsar.io.raster import ArrayRaster


class Counting(ArrayRaster):
    """A raster that counts the pixels it was asked for."""

    pixels = 0

    def _load(self, window, bands):
        self.pixels += window.height * window.width
        return super()._load(window, bands)


@pytest.mark.parametrize('kind', [np.uint16, np.complex64])
def test_each_pixel_is_read_once(kind):
    rng = np.random.default_rng(0)
    array = rng.integers(0, 999, (101, 83, 2)).astype(kind)
    raster = Counting(Path('a'), array)
    reader = TileReader(raster, [1])
    for window in Tiling(32, 20).windows(array.shape):
        row, column, height, width = window
        tile = reader.read(window)
        assert tile.shape == (32, 32, 1)
        assert tile.flags.writeable
        expected = array[row : row + height, column : column + width, 1:]
        np.testing.assert_array_equal(tile, expected)
        tile[:] = -1  # is a copy
    assert raster.pixels == 101 * 83
    # In any order, too, and where rows would take too much memory.
    np.testing.assert_array_equal(reader.read(Window(3, 5, 9, 7)), array[3:12, 5:12, 1:])
    raster.pixels = 0
    few = TileReader(raster, strip_bytes=100)
    np.testing.assert_array_equal(few.read(Window(3, 5, 9, 7)), array[3:12, 5:12])
    assert raster.pixels == 63


def test_windows_cover_everything():
    windows = Tiling(64, 24).windows((100, 50))
    assert [tuple(w) for w in windows] == [(0, 0, 64, 50), (36, 0, 64, 50)]
    with pytest.raises(ConfigError, match='from 0 below the tile'):
        Tiling(8, 8).require()
    with pytest.raises(ConfigError, match='half of the tile'):
        Tiling(8, 5).require(4)
