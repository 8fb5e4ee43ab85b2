"""An open raster: windows and bands of it, as arrays."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io.georeference import GeoReference, affine
from mmsar.io.meta import RasterMeta


class Window(NamedTuple):
    """A rectangle of pixels: first row and column, height and width."""

    row: int
    column: int
    height: int
    width: int


class Raster(ABC):
    """A raster file that is open for reading; use it in a ``with`` block.

    Attributes:
        path: The file.
        meta: Its description.
    """

    path: Path
    meta: RasterMeta

    def read(
        self, window: Sequence[int] | None = None, bands: Sequence[int | str] | None = None
    ) -> tuple[NDArray[Any], RasterMeta]:
        """Read a part.

        Args:
            window: First row, first column, height, width. Default: everything.
            bands: Numbers from 0, or polarisations. Default: all.

        Returns:
            Array (height, width, bands), float32, or complex64 for complex data, and the
            description of this part.

        Raises:
            DataError: The window is not inside, a band is not there, the file is damaged, or
                everything is read and nothing is a number.
        """
        rows, columns, _ = self.meta.shape
        part = Window(0, 0, rows, columns) if window is None else self._require_inside(window)
        numbers = self._band_numbers(bands)
        array = _to_float(self._load(part, numbers))
        # One value tells of most files that there is something.
        if window is None and np.isnan(array.flat[0]) and np.isnan(array).all():
            raise DataError(f'{self.path}: every value is NaN; the file has no data')
        return array, self.meta.for_part(part.row, part.column, numbers)

    @abstractmethod
    def _load(self, window: Window, bands: tuple[int, ...]) -> NDArray[Any]:
        """Return (height, width, bands) in the type on disk."""

    def georeference(self, height: float = 0.0) -> GeoReference | None:
        """Return where its pixels are on the ground, None where the file does not say.

        Args:
            height: Of the ground above the ellipsoid, in metres, for files with RPC.
        """
        if self.meta.crs is None or self.meta.transform is None:
            return None
        return affine(self.meta.transform, self.meta.crs)

    def close(self) -> None:  # noqa: B027 (nothing to close where all is in memory)
        """Close the file."""

    def __enter__(self) -> 'Raster':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _require_inside(self, window: Sequence[int]) -> Window:
        if len(window) != 4:
            raise DataError(f'window={tuple(window)}: give (row, column, height, width)')
        part = Window(*(int(v) for v in window))
        rows, columns, _ = self.meta.shape
        if (
            min(part.row, part.column) < 0
            or min(part.height, part.width) < 1
            or part.row + part.height > rows
            or part.column + part.width > columns
        ):
            raise DataError(
                f'{self.path}: window (row, column, height, width) = {tuple(part)} is not inside '
                f'the image of {rows} rows and {columns} columns'
            )
        return part

    def _band_numbers(self, bands: Sequence[int | str] | None) -> tuple[int, ...]:
        count = self.meta.shape[2]
        if bands is None:
            return tuple(range(count))
        numbers = []
        for band in bands:
            known = self.meta.polarisations
            number = known.index(band) if band in known else band
            if not isinstance(number, int) or not 0 <= number < count:
                names = f' ({", ".join(known)})' if known else ''
                raise DataError(
                    f'{self.path} has no band {band!r}; its bands are 0 to {count - 1}{names}'
                )
            numbers.append(number)
        if not numbers:
            raise DataError('bands is empty: give at least one, or leave it out for all')
        return tuple(numbers)


class ArrayRaster(Raster):
    """A raster whose values are an array, possibly one mapped from the file.

    Args:
        path: The file.
        array: (rows, columns) or (rows, columns, bands).
        meta: Everything but the shape and type, which the array knows.
    """

    def __init__(self, path: Path, array: NDArray[Any], **meta: Any) -> None:
        self.path = path
        self.array = array if array.ndim == 3 else array[..., None]
        if self.array.size == 0:
            raise DataError(f'{path} has no pixels: its shape is {array.shape}')
        if np.iscomplexobj(array):
            meta.setdefault('domain', 'complex')
        meta.setdefault('dtype', str(array.dtype))
        self.meta = RasterMeta(shape=self.array.shape, **meta)

    def _load(self, window: Window, bands: tuple[int, ...]) -> NDArray[Any]:
        rows = slice(window.row, window.row + window.height)
        columns = slice(window.column, window.column + window.width)
        part = self.array[rows, columns]
        return part if bands == tuple(range(part.shape[2])) else part[..., list(bands)]


def _to_float(array: NDArray[Any]) -> NDArray[Any]:
    """Return a contiguous, writable float32 or complex64 copy or view in the machine's order."""
    wanted = np.complex64 if np.iscomplexobj(array) else np.float32
    result = np.ascontiguousarray(array, dtype=wanted)
    return result if result.flags.writeable else result.copy()
