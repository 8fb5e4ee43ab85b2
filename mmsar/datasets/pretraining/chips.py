"""From one image file to chips of 8 bits and one band."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.pairs.building.similar import describe
from mmsar.datasets.percentiles import percentiles, sampling_step, valid_samples
from mmsar.datasets.tiles import tile_windows
from mmsar.datasets.transforms.stretch import Stretch
from mmsar.errors import ConfigError, DataError
from mmsar.io import Window, read_raster, write_raster

_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue, as OpenCV makes grey


class Making(NamedTuple):
    """How chips are made.

    Attributes:
        size: Side of the slices of large images; 0 to cut none.
        whole: Images up to this side are not cut.
        overlap: Share of a slice that its neighbour also shows.
        low: Percentile of the image that becomes 0, of values that have not 8 bits.
        high: Percentile that becomes 255.
        variable: Of MAT and NPZ files.
        describe: Describe chips, to find near duplicates.
    """

    size: int = 0
    whole: int = 0
    overlap: float = 0.0
    low: float = 0.0
    high: float = 99.9
    variable: str | None = None
    describe: bool = False

    def check(self) -> None:
        """Check the overlap and the percentiles.

        Raises:
            ConfigError: They are out of range.
        """
        tile_windows((1, 1), max(self.size, 1), self.overlap)
        if not 0 <= self.low < self.high <= 100:
            raise ConfigError(
                f'percentiles {self.low:g} and {self.high:g}: give 0 <= low < high <= 100'
            )


class Part(NamedTuple):
    """One chip of a file.

    Attributes:
        band: Its number, or -1 where all are one.
        window: Its place.
        digest: Of its pixels: equal chips have equal ones.
        flat: It has one value only.
        description: From :func:`mmsar.datasets.pairs.building.similar.describe`.
    """

    band: int
    window: Window
    digest: bytes
    flat: bool
    description: NDArray[np.float32] | None


class Measured(NamedTuple):
    """A file.

    Attributes:
        digest: Of all its pixels.
        parts: Its chips.
        ready: The file itself is the chip.
        problem: Why it cannot be read, in place of the others.
    """

    digest: bytes = b''
    parts: tuple[Part, ...] = ()
    ready: bool = False
    problem: str = ''


def measure(path: str, making: Making) -> Measured:
    """Read a file, and tell which chips it gives."""
    try:
        planes, ready = _planes(path, making)
    except DataError as error:
        return Measured(problem=str(error))
    parts = tuple(_parts(planes, making))
    ready = ready and len(parts) == 1
    return Measured(_digest(*planes.values()), parts, ready)


def write_parts(path: str, making: Making, parts: list[tuple[Part, Path]]) -> None:
    """Write some chips of a file as PNG."""
    planes, _ = _planes(path, making)
    for part, target in parts:
        write_raster(target, _cut(planes[part.band], part.window))


def _parts(planes: dict[int, NDArray[np.uint8]], making: Making) -> Iterator[Part]:
    for band, plane in planes.items():
        height, width = plane.shape
        windows = [Window(0, 0, height, width)]
        if making.size and max(height, width) > making.whole:
            windows = tile_windows((height, width), making.size, making.overlap)
        for window in windows:
            chip = _cut(plane, window)
            described = describe(chip) if making.describe else None
            yield Part(band, window, _digest(chip), bool((chip == chip[0, 0]).all()), described)


def _planes(path: str, making: Making) -> tuple[dict[int, NDArray[np.uint8]], bool]:
    """Return the bands (H, W) by number, and whether the file is good as it is."""
    variable = making.variable if Path(path).suffix.lower() in ('.mat', '.npz') else None
    array, meta = read_raster(path, name=variable)
    if np.iscomplexobj(array):
        array = np.abs(array)
    good = meta.dtype == 'uint8'
    if not good:
        array = _to_8_bits(array, meta.nodata, making, path)
    if array.shape[2] == 4 and path.lower().endswith('.png'):
        array, good = array[..., :3], False  # the fourth is how opaque it is
    pixels = array.astype(np.uint8)
    bands = pixels.shape[2]
    if bands == 1 or (pixels == pixels[..., :1]).all():
        return {-1: np.ascontiguousarray(pixels[..., 0])}, good
    if bands == 3:
        return {-1: np.rint(array @ np.array(_LUMINANCE, np.float32)).astype(np.uint8)}, False
    return {band: np.ascontiguousarray(pixels[..., band]) for band in range(bands)}, False


def _to_8_bits(
    array: NDArray[Any], nodata: float | None, making: Making, path: str
) -> NDArray[np.float32]:
    """Map each band from its percentiles to 0 to 255; what is no data becomes 0."""
    result = np.empty(array.shape, np.float32)
    step = sampling_step(*array.shape[:2])
    for band in range(array.shape[2]):
        values = array[..., band]
        samples = valid_samples(values[::step, ::step], nodata)
        low, high = percentiles(samples, (making.low, making.high), path)
        high = high if high > low else low + max(abs(low), 1.0) * 1e-3
        stretched = np.rint(Stretch(low, high).apply(values))
        result[..., band] = (
            stretched if nodata is None else np.where(values == nodata, 0, stretched)
        )
    return result


def _cut(plane: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    row, column, height, width = window
    return plane[row : row + height, column : column + width]


def _digest(*planes: NDArray[np.uint8]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for plane in planes:
        digest.update(repr(plane.shape).encode())
        digest.update(np.ascontiguousarray(plane).data)
    return digest.digest()
