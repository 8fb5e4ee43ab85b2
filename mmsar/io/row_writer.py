"""Writing a raster from the top to the bottom, without holding it in memory."""

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mmsar.errors import DataError
from mmsar.io.atomic import replacing
from mmsar.io.formats.tiff import import_rasterio
from mmsar.io.meta import RasterMeta
from mmsar.io.write import TIFF_BLOCK, open_new_tiff, write_raster

ROW_SUFFIXES = ('.tif', '.tiff', '.npy', '.png')


class RowWriter:
    """A raster that is written some rows at a time; use it in a ``with`` block.

    The file is there, whole, when the block ends without an error. GeoTIFF and NPY go to the disk
    as they come; PNG cannot be written in parts and stays in memory until the end.

    Args:
        path: The suffix chooses the format.
        shape: Rows, columns and bands of the whole.
        dtype: On disk; values are rounded for an integer type and cut to what it holds.
        meta: See :func:`mmsar.io.write_raster`.

    Raises:
        DataError: The format cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        shape: tuple[int, int, int],
        dtype: DTypeLike,
        meta: RasterMeta | None = None,
    ) -> None:
        self.path = Path(path)
        self.suffix = self.path.suffix.lower()
        if self.suffix not in ROW_SUFFIXES:
            raise DataError(
                f'{self.path}: cannot write *{self.path.suffix}; choose .tif, .png or .npy'
            )
        if self.suffix == '.png' and (
            np.dtype(dtype) not in (np.uint8, np.uint16) or shape[2] not in (1, 3, 4)
        ):
            raise DataError(
                f'{self.path}: PNG holds 1, 3 or 4 channels of uint8 or uint16, not {shape[2]} of '
                f'{np.dtype(dtype)}; choose .tif or .npy'
            )
        self.shape, self.dtype, self.meta = shape, np.dtype(dtype), meta
        self.done = 0
        self._waiting: list[NDArray[Any]] = []
        self._file: Any = None
        self._tiff: Any = None

    def write(self, rows: NDArray[Any]) -> None:
        """Write the next rows, (n, columns, bands).

        Raises:
            DataError: They are too many, or differ in width or bands.
        """
        waiting = sum(map(len, self._waiting))
        if rows.shape[1:] != self.shape[1:] or self.done + waiting + len(rows) > self.shape[0]:
            raise DataError(
                f'{self.path}: rows of shape {rows.shape} do not fit a raster of {self.shape}, of '
                f'which {self.done + waiting} rows are written'
            )
        if self.dtype.kind in 'iu':
            limits = np.iinfo(self.dtype)
            rows = np.clip(np.rint(rows), limits.min, limits.max)
        self._waiting.append(rows.astype(self.dtype))
        self._flush(last=False)

    def __enter__(self) -> 'RowWriter':
        with contextlib.ExitStack() as stack:
            self._temporary = stack.enter_context(replacing(self.path))
            if self.suffix == '.npy':
                self._file = stack.enter_context(self._temporary.open('wb'))
                header = {
                    'descr': np.lib.format.dtype_to_descr(self.dtype),
                    'fortran_order': False,
                    'shape': self.shape,
                }
                np.lib.format.write_array_header_1_0(self._file, header)
            elif self.suffix != '.png':
                tiff = open_new_tiff(self._temporary, self.shape, str(self.dtype), self.meta)
                self._tiff = stack.enter_context(tiff)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, traceback)
            return
        with self._stack:
            self._flush(last=True)
            if self.done != self.shape[0]:
                raise DataError(f'{self.path}: {self.done} of {self.shape[0]} rows written')

    def _flush(self, last: bool) -> None:
        """Write what waits: of a tiled TIFF only whole rows of tiles, each once."""
        count = sum(map(len, self._waiting))
        if not last and (self.suffix == '.png' or (self._tiff is not None and count < TIFF_BLOCK)):
            return
        if not count:
            return
        rows = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        if self._tiff is not None:
            whole = count if last else count // TIFF_BLOCK * TIFF_BLOCK
            rasterio = import_rasterio()
            window = rasterio.windows.Window(0, self.done, self.shape[1], whole)
            self._tiff.write(np.moveaxis(rows[:whole], -1, 0), window=window)
        else:
            whole = count
            if self._file is not None:
                self._file.write(rows.tobytes())
            else:
                write_raster(self._temporary, rows)
        self.done += whole
        self._waiting = [rows[whole:]] if whole < count else []
