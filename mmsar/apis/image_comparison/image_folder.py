"""A folder of radar images as one array of amplitudes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from mmsar.apis.cli import list_chips
from mmsar.datasets.checks import some
from mmsar.datasets.transforms.load_sar_image import LoadSARImage
from mmsar.errors import ConfigError, DataError
from mmsar.io import open_raster

UNITS = ('file', 'same', 'full-scale', 'mean')


@dataclass(frozen=True, eq=False)
class ImageFolder:
    """The images of a folder.

    Attributes:
        folder: Where they are from.
        names: Of the files, below the folder.
        images: Amplitudes (N, H, W), float32.
        dtype: Of the files.
        saturation: Amplitude of the largest value of an integer type, None of others.
    """

    folder: Path
    names: Sequence[str]
    images: NDArray[np.float32]
    dtype: str
    saturation: float | None

    @property
    def paths(self) -> list[Path]:
        """Return the files."""
        return [self.folder / name for name in self.names]


def read_folder(
    folder: Path,
    domain: str = 'amplitude',
    crop: int | None = None,
    band: int | None = None,
    unit: str = 'file',
    what: str = 'reading',
) -> ImageFolder:
    """Read all images below a folder, 8 and 16 bits, float or complex, as amplitudes.

    Args:
        folder: With images at any depth.
        domain: Of the values, where files do not say: ``amplitude``, ``intensity`` or ``db``.
        crop: Cut out the middle, of so many rows and columns. Images are never resized: that would
            change their speckle and resolution.
        band: Of files with several, from 0. Default: there is one, or all are equal.
        unit: ``full-scale``: values of integer types are divided by the largest of the type;
            ``mean``: amplitudes are divided by their mean over the set; others: as they are.
        what: Said with the progress.

    Raises:
        DataError: The folder has no images, or one cannot be read, is too small, has bands that
            differ, or is not as large or of the type as the others.
        ConfigError: ``full-scale`` of decibels.
    """
    if unit == 'full-scale' and domain == 'db':
        raise ConfigError('--unit full-scale is not for decibels; choose --unit same or mean')
    names = list_chips(folder)
    found: dict[str, NDArray[np.float32]] = {}
    types: dict[str, str] = {}
    for name in track(names, what, transient=True, console=Console(stderr=True)):
        found[name], types[name] = _read(folder / name, domain, crop, band, unit)
    _require_one(types, folder, 'types', 'they have no common unit; keep one type in a folder')
    shapes = {name: f'{image.shape[0]} x {image.shape[1]}' for name, image in found.items()}
    _require_one(shapes, folder, 'sizes', 'cut out the middle of each with --crop N')
    images = np.stack(list(found.values()))
    dtype = types[names[0]]
    saturation = None
    if np.dtype(dtype).kind in 'iu' and domain != 'db':
        top = 1.0 if unit == 'full-scale' else float(np.iinfo(dtype).max)
        saturation = top if domain == 'amplitude' else top**0.5
    result = ImageFolder(folder, names, images, dtype, saturation)
    return _over_mean(result) if unit == 'mean' else result


def require_one_unit(folders: Sequence[ImageFolder], unit: str) -> None:
    """Check that values of several folders can be compared.

    Raises:
        DataError: With ``unit='file'`` their files have different types; or sizes differ.
    """
    first = folders[0]
    for other in folders[1:]:
        if unit == 'file' and other.dtype != first.dtype:
            raise DataError(
                f'{first.folder} has {first.dtype} files and {other.folder} {other.dtype}: their '
                'units may differ. Say --unit full-scale (integers over the largest value of their '
                'type), --unit mean (each set over its mean amplitude), or --unit same if they '
                'have one unit'
            )
        if other.images.shape[1:] != first.images.shape[1:]:
            sizes = [f'{f.images.shape[1]} x {f.images.shape[2]}' for f in (first, other)]
            raise DataError(
                f'images of {first.folder} are {sizes[0]} pixels and those of {other.folder} '
                f'{sizes[1]}; cut out the middle of each with --crop N'
            )


def _read(
    path: Path, domain: str, crop: int | None, band: int | None, unit: str
) -> tuple[NDArray[np.float32], str]:
    with open_raster(path) as raster:
        several = raster.meta.shape[2] > 1
        array, meta = raster.read(bands=[band] if several and band is not None else None)
    if unit == 'full-scale' and np.dtype(_plain(meta.dtype)).kind in 'iu':
        array = array / np.float32(np.iinfo(meta.dtype).max)
    load = LoadSARImage(meta.domain or domain, 'amplitude', channels=1)
    try:
        amplitude, _ = load.convert(array, meta, path)
    except DataError as error:
        raise DataError(f'{error}; or choose a band with --band N') from None
    image = amplitude[..., 0]
    if crop is not None:
        if min(image.shape) < crop:
            raise DataError(
                f'{path} is {image.shape[0]} x {image.shape[1]} pixels; --crop {crop} must not be '
                'more than the sides of the smallest image'
            )
        top, left = ((side - crop) // 2 for side in image.shape)
        image = image[top : top + crop, left : left + crop]
    return np.ascontiguousarray(image), _plain(meta.dtype)


def _plain(dtype: str) -> str:
    """Return a type that numpy knows; ``complex_int16`` of GeoTIFF it does not."""
    return 'complex64' if dtype.startswith('complex') else dtype


def _require_one(values: dict[str, str], folder: Path, what: str, fix: str) -> None:
    first: dict[str, str] = {}
    for name, value in values.items():
        first.setdefault(value, name)
    if len(first) > 1:
        listed = some([f'{value} ({name})' for value, name in first.items()])
        raise DataError(f'images of {folder} have {len(first)} {what}: {listed}; {fix}')


def _over_mean(folder: ImageFolder) -> ImageFolder:
    mean = float(folder.images.mean(dtype=np.float64))
    if not mean > 0:  # NaN, too, which is named later on
        return folder
    top: Any = folder.saturation
    return replace(folder, images=folder.images / np.float32(mean), saturation=top and top / mean)
