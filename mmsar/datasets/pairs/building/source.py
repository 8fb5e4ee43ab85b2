"""A registered scene, from which patches are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.pairs.building.quality import filled
from mmsar.datasets.pairs.building.radiometry import Radiometry, percentile_stretch
from mmsar.datasets.pairs.building.registration import Registration
from mmsar.datasets.pairs.building.resample import optical_window
from mmsar.datasets.transforms import Stretch
from mmsar.errors import ConfigError, DataError
from mmsar.io import Raster, Window, open_raster

_OPTICAL_RANGE = (1.0, 99.0)  # percentiles of an optical image that is not 8-bit


class PatchImages(NamedTuple):
    """Both images of a patch.

    Attributes:
        sar: (H, W), as it is to be written.
        sar_8bit: (H, W), uint8.
        optical: (H, W, 3) or (H, W, 1), uint8.
        missing: (H, W), pixels that either image lacks.
    """

    sar: NDArray[Any]
    sar_8bit: NDArray[np.uint8]
    optical: NDArray[np.uint8]
    missing: NDArray[np.bool_]


@dataclass(frozen=True)
class SceneSource:
    """What is needed to read patches of a scene; it can be sent to another process.

    Attributes:
        name: Of the scene.
        sar: File of the SAR image.
        optical: File of the optical image.
        registration: Of both.
        shape: Rows and columns of the SAR image.
        sar_band: Band of the SAR image.
        bands: Bands of the optical image.
        sar_stretch: Map of SAR values to 8 bits.
        optical_stretch: Likewise, or None if the optical image is 8-bit.
        keep: Type in which SAR values are written unchanged, or None to write them in 8 bits.
    """

    name: str
    sar: Path
    optical: Path
    registration: Registration
    shape: tuple[int, int]
    sar_band: int
    bands: tuple[int, ...]
    sar_stretch: Stretch
    optical_stretch: Stretch | None
    keep: str | None

    def read(self, window: Window) -> PatchImages:
        """Read a patch of both images, the optical one registered."""
        sar_raster, optical_raster = opened(self.sar), opened(self.optical)
        values, _ = sar_raster.read(window, [self.sar_band])
        if np.iscomplexobj(values):
            values = np.abs(values)
        optical, inside = optical_window(optical_raster, self.registration, window, self.bands)
        known = np.isfinite(values)
        if sar_raster.meta.nodata is not None:
            known &= values != sar_raster.meta.nodata
        missing = ~known[..., 0] | ~inside | filled(values) | filled(optical)
        sar_8bit = np.rint(self.sar_stretch.apply(values)).astype(np.uint8)[..., 0]
        sar = values[..., 0].astype(self.keep) if self.keep else sar_8bit
        if self.optical_stretch is not None:
            optical = self.optical_stretch.apply(optical)
        return PatchImages(sar, sar_8bit, np.rint(optical).astype(np.uint8), missing)


def prepare(
    name: str, sar: Path, optical: Path, registration: Registration, radiometry: Radiometry
) -> SceneSource:
    """Look at both images of a scene.

    Raises:
        ConfigError: A band is not there.
        DataError: An image cannot be read, or the registration does not suit it.
    """
    with open_raster(sar) as raster:
        _require_bands(raster, [radiometry.sar_band], 'sar_band')
        shape = raster.meta.shape[:2]
        sar_stretch = radiometry.sar_stretch(raster)
        keep = raster.meta.dtype if radiometry.rule == 'keep' else None
    if not registration.reaches(shape):
        raise DataError(
            f'{name}: the projective mapping has its horizon near the SAR image: take more points, '
            'from all parts of the scene, or an affine model'
        )
    with open_raster(optical) as raster:
        count = raster.meta.shape[2]
        bands = radiometry.optical_bands or ((0, 1, 2) if count >= 3 else (0,))
        _require_bands(raster, bands, 'optical_bands')
        stretch = None
        if raster.meta.dtype != 'uint8':
            stretch = percentile_stretch(raster, bands, *_OPTICAL_RANGE)
    return SceneSource(
        name, sar, optical, registration, shape, radiometry.sar_band, bands,
        sar_stretch, stretch, keep,
    )  # fmt: skip


@lru_cache(maxsize=2)
def opened(path: Path) -> Raster:
    """Open an image once in each process: PNG and JPEG files are decoded as a whole."""
    return open_raster(path)


def _require_bands(raster: Raster, bands: Sequence[int], option: str) -> None:
    count = raster.meta.shape[2]
    wrong = [band for band in bands if not 0 <= band < count]
    if wrong:
        raise ConfigError(
            f'{option}: {raster.path} has no band {wrong[0]}; it has {count}, counted from 0'
        )
