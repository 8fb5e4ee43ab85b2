"""The images of a data set that is migrated, and the names of what is made of them."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmsar.datasets.checks import RASTER_SUFFIXES
from mmsar.errors import DataError
from mmsar.io import open_raster

_WRITTEN = ('.png', '.tif', '.tiff', '.npy')


@dataclass(frozen=True)
class ImageFile:
    """An image file, as far as the order of work depends on it.

    Attributes:
        name: Path below its folder, with slashes.
        digest: Of the bytes of the file.
        shape: Rows and columns; (0, 0) with a problem.
        problem: Why it cannot be read, or empty.
    """

    name: str
    digest: str
    shape: tuple[int, int]
    problem: str = ''

    @property
    def label(self) -> str:
        """The class: the first folder of the name, empty if there is none."""
        return self.name.partition('/')[0] if '/' in self.name else ''


def inspect(folder: Path, names: Sequence[str], name: str | None = None) -> list[ImageFile]:
    """Read all files once, several at a time.

    Args:
        folder: Where they are.
        names: Of the files.
        name: Variable of NPZ and MAT files.
    """

    def look(file: str) -> ImageFile:
        path = folder / file
        digest = ''
        try:
            with path.open('rb') as stream:
                digest = hashlib.file_digest(stream, 'blake2s').hexdigest()
            with open_raster(path, name) as raster:
                rows, columns, _ = raster.meta.shape
            return ImageFile(file, digest, (rows, columns))
        except DataError as error:
            return ImageFile(file, digest, (0, 0), str(error))
        except OSError as error:
            return ImageFile(file, digest, (0, 0), f'{path} cannot be read: {error.strerror}')

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(look, names))


def output_names(names: Sequence[str]) -> dict[str, str]:
    """Return the name of the result of each image: its own, in a format that can be written.

    JPEG becomes PNG, other formats that are only read become NPY.

    Raises:
        DataError: Two would have one name.
    """
    found = {name: _output_name(name) for name in names}
    owners: dict[str, str] = {}
    for name, output in found.items():
        if output in owners:
            raise DataError(
                f'{owners[output]} and {name} would both be written to {output}; rename one'
            )
        owners[output] = name
    return found


def _output_name(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    if suffix.lower() in _WRITTEN:
        return name
    if suffix.lower() in ('.jpg', '.jpeg'):
        return f'{name.removesuffix(suffix)}.png'
    # The suffix of an MSTAR file (HB03333.015) is part of its name.
    stem = name.removesuffix(suffix) if suffix.lower() in RASTER_SUFFIXES else name
    return f'{stem}.npy'
