"""How large images are taken apart into tiles, and read tile by tile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.io.raster import Raster, Window

_STRIP_BYTES = 256 * 2**20  # of the rows that are kept in memory


@dataclass(frozen=True)
class Tiling:
    """How an image is taken apart.

    Attributes:
        size: Rows and columns of a tile, in pixels of the input.
        overlap: Of neighbours, likewise.
    """

    size: int
    overlap: int

    def require(self, most: int | None = None) -> 'Tiling':
        """Return it.

        Args:
            most: Largest overlap. Default: anything below the size of a tile.

        Raises:
            ConfigError: The overlap is negative or too large.
        """
        limit = self.size - 1 if most is None else most
        if not 0 <= self.overlap <= limit or self.size < 1:
            allowed = 'below the tile' if most is None else 'to half of the tile'
            raise ConfigError(
                f'tile={self.size}, overlap={self.overlap}; the overlap must be from 0 {allowed}'
            )
        return self

    def starts(self, length: int) -> list[int]:
        """Return where tiles begin along an axis; the last one ends with the image."""
        if length <= self.size:
            return [0]
        step = self.size - self.overlap
        return [*range(0, length - self.size, step), length - self.size]

    def windows(self, shape: Sequence[int]) -> list[Window]:
        """Return the tiles of an image (rows, columns), row by row; all have one size."""
        rows, columns = (self.starts(side) for side in shape[:2])
        height, width = (min(self.size, side) for side in shape[:2])
        return [Window(row, column, height, width) for row in rows for column in columns]


class TileReader:
    """Reads windows of a raster, those of a row of tiles from rows that are kept in memory.

    Tiles that are asked for row by row take each pixel from the disk once, whatever they have in
    common and however the file is laid out: a window of a TIFF in strips costs whole rows of it.

    Args:
        raster: It is not closed.
        bands: See :meth:`mmsar.io.Raster.read`.
        strip_bytes: Rows that need more memory are not kept; each window is read by itself.
    """

    def __init__(
        self,
        raster: Raster,
        bands: Sequence[int | str] | None = None,
        strip_bytes: int = _STRIP_BYTES,
    ) -> None:
        self.raster, self.bands = raster, bands
        self.numbers = raster._band_numbers(bands)
        self._strip_bytes = strip_bytes
        self._strip: NDArray[Any] | None = None
        self._first = 0

    def read(self, window: Window) -> NDArray[Any]:
        """Return (height, width, bands), as :meth:`mmsar.io.Raster.read` does."""
        row, column, height, width = window
        whole = self.raster.meta.shape[1]
        pixel = len(self.numbers) * (8 if self.raster.meta.dtype.startswith('complex') else 4)
        if width == whole or height * whole * pixel > self._strip_bytes:
            return self.raster.read(window, self.bands)[0]
        kept = 0 if self._strip is None else len(self._strip)
        if self._strip is None or not self._first <= row <= row + height <= self._first + kept:
            self._strip = self._rows(row, height)
            self._first = row
        top = row - self._first
        return self._strip[top : top + height, column : column + width].copy()

    def _rows(self, row: int, height: int) -> NDArray[Any]:
        """Return full rows, those that are there already from memory."""
        old, skip = self._strip, row - self._first
        if old is None or not 0 < skip < len(old) or row + height <= self._first + len(old):
            self._strip = None
            return self._read_rows(row, height)
        same = len(old) - skip
        strip = np.empty((height, *old.shape[1:]), old.dtype)
        strip[:same] = old[skip:]
        self._strip = old = None
        strip[same:] = self._read_rows(row + same, height - same)
        return strip

    def _read_rows(self, row: int, height: int) -> NDArray[Any]:
        columns = self.raster.meta.shape[1]
        return self.raster.read((row, 0, height, columns), self.bands)[0]
