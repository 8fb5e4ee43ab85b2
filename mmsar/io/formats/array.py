"""NPY, NPZ and MAT files."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io.raster import ArrayRaster


def open_npy(path: Path, name: str | None = None) -> ArrayRaster:
    """Open an NPY file; it is mapped, so a window reads little."""
    try:
        array = np.load(path, mmap_mode='r', allow_pickle=False)
    except ValueError as error:
        raise DataError(f'{path} is truncated, or not a plain array of numbers: {error}') from None
    return _raster(path, array, 'the array')


def open_npz(path: Path, name: str | None = None) -> ArrayRaster:
    """Open one array of an NPZ file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            name = _choose(path, arrays.files, name)
            array = arrays[name]
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise DataError(f'{path} is truncated or damaged: {error}') from None
    return _raster(path, array, name)


def open_mat(path: Path, name: str | None = None) -> ArrayRaster:
    """Open one variable of a MAT file, up to version 7."""
    import scipy.io

    try:
        kinds = scipy.io.whosmat(path)
        numeric = [n for n, shape, kind in kinds if kind not in _NOT_NUMBERS and len(shape) < 4]
        name = _choose(path, numeric, name)
        array = scipy.io.loadmat(path, variable_names=[name])[name]
    except NotImplementedError:
        raise DataError(
            f'{path} is a MAT file of version 7.3; save it again with: save -v7'
        ) from None
    except DataError:
        raise
    except Exception as error:  # scipy raises whatever the bytes lead it to
        raise DataError(f'{path} is truncated or damaged: {error}') from None
    return _raster(path, array, name)


_NOT_NUMBERS = ('char', 'cell', 'struct', 'object', 'function', 'opaque', 'unknown', 'sparse')


def _choose(path: Path, names: list[str], name: str | None) -> str:
    if name is None and len(names) == 1:
        return names[0]
    if name in names:
        return str(name)
    if not names:
        raise DataError(f'{path} holds no array of numbers')
    wrong = f'has no array {name!r}; it has' if name else 'holds several arrays; choose by name='
    raise DataError(f'{path} {wrong} {", ".join(names)}')


def _raster(path: Path, array: NDArray[Any], name: str) -> ArrayRaster:
    if array.dtype.kind not in 'buifc':
        raise DataError(f'{path}: {name} holds {array.dtype}, not numbers')
    if array.ndim not in (2, 3):
        raise DataError(
            f'{path}: {name} has shape {array.shape}; an image is (rows, columns) or '
            '(rows, columns, bands)'
        )
    if array.ndim == 3 and array.shape[2] > 64 > array.shape[0]:
        raise DataError(
            f'{path}: {name} has shape {array.shape}, bands first by the look of it; '
            'save it as (rows, columns, bands)'
        )
    return ArrayRaster(path, array)
