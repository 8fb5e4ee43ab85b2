"""Phoenix files: the chips and scenes of MSTAR.

A text header, then rows x columns magnitudes, then as many phases: float32 for target chips,
unsigned 16-bit integers for clutter scenes; big-endian as published, little-endian as some tools
rewrite them.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io.meta import POLARISATIONS
from mmsar.io.raster import ArrayRaster

_END = b'[EndofPhoenixHeader]'
_LONGEST = 1 << 16  # bytes of a header; those of MSTAR have 2000
_PARTS = ('magnitude', 'phase', 'complex')


def open_phoenix(path: Path, name: str | None = None) -> ArrayRaster:
    """Open a Phoenix file.

    Args:
        path: The file.
        name: ``magnitude`` (default), ``phase`` (radians; float files only) or ``complex``.
    """
    name = name or 'magnitude'
    if name not in _PARTS:
        raise DataError(f'name={name!r}: a Phoenix file has {", ".join(_PARTS)}')
    data = path.read_bytes()
    header = _header(path, data)
    rows, columns = (_integer(path, header, f'NumberOf{key}') for key in ('Rows', 'Columns'))
    start = _integer(path, header, 'PhoenixHeaderLength')
    start += int(header.get('native_header_length', '0'))
    depth, rest = divmod(len(data) - start, rows * columns)
    if depth not in (4, 8) or rest:
        raise DataError(
            f'{path} has {len(data) - start} bytes after its header; {rows} rows and {columns} '
            'columns need 8 a pixel (chips) or 4 (scenes): it is truncated or damaged'
        )
    magnitude, phase = _planes(data, start, depth, (rows, columns))
    if depth == 4 and name != 'magnitude':
        raise DataError(f'{path} is a scene of integers; only its magnitude can be read')
    array = {'magnitude': magnitude, 'phase': phase}.get(name)
    if array is None:
        array = magnitude * np.exp(1j * phase.astype(np.float64))
    polarisation = header.get('Polarization', '')
    return ArrayRaster(
        path,
        array,
        dtype=str(magnitude.dtype.newbyteorder('=')),
        domain={'magnitude': 'amplitude', 'complex': 'complex'}.get(name),
        pixel_spacing=_spacing(header),
        polarisations=(polarisation,) if polarisation in POLARISATIONS else (),
        tags=header,
    )


def read_header(path: Path) -> dict[str, str]:
    """Read the fields of a Phoenix header, and not the pixels behind it.

    Raises:
        DataError: The header has no end.
    """
    with path.open('rb') as file:
        return _header(path, file.read(_LONGEST))


def _header(path: Path, data: bytes) -> dict[str, str]:
    end = data.find(_END)
    if end < 0:
        raise DataError(f'{path} is truncated: its header has no end')
    lines = data[:end].decode('latin-1').splitlines()
    return {
        k.strip(): v.strip() for k, _, v in (line.partition('=') for line in lines if '=' in line)
    }


def _integer(path: Path, header: dict[str, str], key: str) -> int:
    value = header.get(key, '')
    if not value.isdigit() or int(value) < 1:
        raise DataError(f'{path}: the header field {key} is {value!r}, not a positive number')
    return int(value)


def _planes(
    data: bytes, start: int, depth: int, shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    kind = 'f4' if depth == 8 else 'u2'
    planes = np.frombuffer(data, f'>{kind}', offset=start).reshape(2, *shape)
    if depth == 8 and not _plausible(planes):
        swapped = planes.view(f'<{kind}')
        planes = swapped if _plausible(swapped) else planes
    return planes[0], planes[1]


def _plausible(planes: NDArray[np.float32]) -> bool:
    """Tell whether magnitudes and phases are what they can be."""
    magnitude, phase = planes
    return bool(
        np.isfinite(planes).all()
        and magnitude.min() >= 0
        and magnitude.max() < 1e9
        and np.abs(phase).max() <= 7  # a turn and a little
    )


def _spacing(header: dict[str, str]) -> tuple[float, float] | None:
    """Return the distance of rows (range) and columns (cross-range)."""
    values = [header.get(f'{key}PixelSpacing', '') for key in ('Range', 'CrossRange')]
    matches = [re.match(r'[\d.]+', value) for value in values]
    if not all(matches):
        return None
    range_, cross = (float(match.group()) for match in matches if match)
    return range_, cross
