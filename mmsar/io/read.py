"""Reading a raster of any known format."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io.formats import FORMATS, sniff
from mmsar.io.meta import RasterMeta
from mmsar.io.raster import Raster


def open_raster(path: str | os.PathLike[str], name: str | None = None) -> Raster:
    """Open a raster file; the format is told by its content.

    Formats: TIFF and GeoTIFF (integers of 8 to 32 bits, float, complex; needs the extra ``geo``),
    PNG (8 and 16 bits), JPEG, NPY, NPZ, MAT (version 5), Phoenix (MSTAR).

    Args:
        path: The file.
        name: Variable of an NPZ or MAT file, needed where it holds several; ``magnitude``
            (default), ``phase`` or ``complex`` of a Phoenix file.

    Raises:
        DataError: The file is missing, empty, damaged or of another format, or its suffix belongs
            to another format.
    """
    path = Path(path)
    if path.is_dir():
        inside = ' (the images are in measurement/)' if path.suffix == '.SAFE' else ''
        raise DataError(f'{path} is a folder; name the image file in it{inside}')
    try:
        with path.open('rb') as file:
            head = file.read(512)
    except FileNotFoundError:
        raise DataError(f'{path} does not exist') from None
    except OSError as error:
        raise DataError(f'{path} cannot be read: {error.strerror}') from None
    if not head:
        raise DataError(f'{path} is empty (0 bytes); copy or download it again')
    form = sniff(head)
    if form is None:
        raise DataError(
            f'{path} is in none of the formats {", ".join(f.name for f in FORMATS)}, or its '
            'beginning is damaged'
        )
    by_suffix = next((f for f in FORMATS if path.suffix.lower() in f.suffixes), None)
    if by_suffix not in (None, form):
        raise DataError(
            f'{path} is a {form.name} file by its content; rename it to *{form.suffixes[0]}'
        )
    return form.open(path, name)


def read_raster(
    path: str | os.PathLike[str],
    window: Sequence[int] | None = None,
    bands: Sequence[int | str] | None = None,
    name: str | None = None,
) -> tuple[NDArray[Any], RasterMeta]:
    """Read a raster file, or a window or some bands of it. No value is scaled.

    Args:
        path: See :func:`open_raster`.
        window: First row, first column, height, width. Default: everything.
        bands: Numbers from 0, or polarisations ('VV'). Default: all.
        name: See :func:`open_raster`.

    Returns:
        Array (H, W, C), float32, or complex64 for complex data, and its description. Integers
        above 2**24 and float64 values are rounded to float32.

    Raises:
        DataError: The file or the part of it cannot be read; the message says why.
    """
    with open_raster(path, name) as raster:
        return raster.read(window, bands)
