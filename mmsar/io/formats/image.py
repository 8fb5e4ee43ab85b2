"""PNG and JPEG files."""

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mmsar.errors import DataError
from mmsar.io.raster import ArrayRaster


def open_png(path: Path, name: str | None = None) -> ArrayRaster:
    """Open a PNG file. Colour is in the order red, green, blue (and alpha)."""
    data = path.read_bytes()
    _require_whole_png(path, data)
    # Pillow reduces 16-bit colour to 8 bits; OpenCV does not.
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None:
        raise DataError(f'{path} is damaged: OpenCV cannot decode it')
    if array.ndim == 3:
        order = cv2.COLOR_BGR2RGB if array.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        array = cv2.cvtColor(array, order)
    return ArrayRaster(path, array)


def open_jpeg(path: Path, name: str | None = None) -> ArrayRaster:
    """Open a JPEG file. Colour is in the order red, green, blue."""
    # OpenCV fills what is missing of a truncated file with grey; Pillow says so.
    try:
        with Image.open(path, formats=['JPEG']) as image:
            if image.mode not in ('L', 'RGB'):
                image = image.convert('RGB')
            return ArrayRaster(path, np.asarray(image))
    except OSError as error:
        raise DataError(f'{path} is truncated or damaged: {error}') from None


def _require_whole_png(path: Path, data: bytes) -> None:
    """Check the chunks: OpenCV returns what it finds of a truncated file."""
    try:
        with Image.open(BytesIO(data), formats=['PNG']) as image:
            image.verify()
    except (OSError, SyntaxError) as error:
        raise DataError(f'{path} is truncated or damaged: {error}') from None
    if b'IEND' not in data[-64:]:
        raise DataError(f'{path} is truncated: its end is missing')
