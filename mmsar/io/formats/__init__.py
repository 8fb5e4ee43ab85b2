"""The file formats, told by their first bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mmsar.io.formats.array import open_mat, open_npy, open_npz
from mmsar.io.formats.image import open_jpeg, open_png
from mmsar.io.formats.phoenix import open_phoenix
from mmsar.io.formats.tiff import open_tiff
from mmsar.io.raster import Raster


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        name: For messages.
        suffixes: In lower case; the first is the usual one.
        marks: Any of these is at the beginning of a file.
        open: Opens a file; the second argument names a variable in it, or is None.
    """

    name: str
    suffixes: tuple[str, ...]
    marks: tuple[bytes, ...]
    open: Callable[[Path, str | None], Raster]


FORMATS = (
    # The last two are BigTIFF.
    Format('TIFF', ('.tif', '.tiff'), (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+'), open_tiff),
    Format('PNG', ('.png',), (b'\x89PNG\r\n\x1a\n',), open_png),
    Format('JPEG', ('.jpg', '.jpeg'), (b'\xff\xd8\xff',), open_jpeg),
    Format('NPY', ('.npy',), (b'\x93NUMPY',), open_npy),
    Format('NPZ', ('.npz',), (b'PK\x03\x04', b'PK\x05\x06'), open_npz),
    Format('MAT', ('.mat',), (b'MATLAB ', b'\x89HDF\r\n\x1a\n'), open_mat),
    Format('Phoenix', ('.phx',), (b'[PhoenixHeaderVer', b'\n[PhoenixHeaderVer'), open_phoenix),
)


def sniff(head: bytes) -> Format | None:
    """Tell the format from the first bytes of a file."""
    return next((f for f in FORMATS if head.startswith(f.marks)), None)
