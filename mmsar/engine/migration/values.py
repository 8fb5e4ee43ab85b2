"""From the values of a file to those of a network, and back into a file like it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.transforms import LoadSARImage, Stretch, StretchSAR
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, convert_domain, read_raster, write_raster


@dataclass(frozen=True)
class Loaded:
    """An image for the network, and what is needed to write another like it.

    Attributes:
        image: (H, W), float32, in [0, 1].
        stretch: From the values to these.
        domain: Of the values that were stretched.
        source: Description of the file.
        bands: Number of equal bands in the file.
        missing: Pixels without data, (H, W), or None if there are none.
    """

    image: NDArray[np.float32]
    stretch: Stretch
    domain: str | None
    source: RasterMeta
    bands: int
    missing: NDArray[np.bool_] | None


class Values:
    """Reads contents and references by one rule, and writes results by its inverse.

    Args:
        load: Arguments of :class:`mmsar.LoadSARImage`.
        stretch: Arguments of :class:`mmsar.StretchSAR` but ``out``.

    Raises:
        ConfigError: An argument is wrong.
    """

    def __init__(self, load: Mapping[str, Any], stretch: Mapping[str, Any]) -> None:
        for name, options in (('load', load), ('stretch', stretch)):
            taken = {'key', 'channels' if name == 'load' else 'out'} & set(options)
            if taken:
                raise ConfigError(f'{name}.{min(taken)} is not open to choice: leave it out')
        if load.get('domain_out') == 'complex':
            raise ConfigError("load.domain_out='complex': only real values can be migrated")
        self.loading = LoadSARImage(**{**load, 'channels': 1})
        self.stretching = StretchSAR(**{**stretch, 'out': (0.0, 1.0)})

    def read(self, path: Path) -> Loaded:
        """Read an image.

        Raises:
            DataError: It cannot be read or stretched, has values that are not finite, or several
                bands that differ.
        """
        loading = self.loading
        array, source = read_raster(path, bands=loading.bands, name=loading.name)
        missing = np.asarray(source.missing(array).any(axis=2))
        if missing.all():
            raise DataError(f'{path} has no data: every value is NaN, infinite or nodata')
        if source.nodata is None or np.isfinite(source.nodata):
            bad = int((~np.isfinite(array)).sum())
            if bad:
                raise DataError(f'{path} has {bad} values that are NaN or infinite; replace them')
        if loading.domain_in is not None:
            source = replace(source, domain=loading.domain_in)
        with np.errstate(invalid='ignore'):  # the root of -9999, where there is no data
            sample = loading.take({'img_path': str(path)}, array, source)
        domain = sample['img_raster'].domain
        stretched = self.stretching.transform(sample)
        return Loaded(
            stretched['img'][..., 0],
            stretched['img_stretch'],
            domain,
            source,
            array.shape[2],
            missing if missing.any() else None,
        )

    def write(self, path: Path, image: NDArray[Any], like: Loaded) -> None:
        """Write an image in the units and type of the file that it was made of, whole or not.

        Integers stay integers of as many bits, others become float32; of complex values, results
        are amplitudes. Pixels without data stay without.

        Args:
            path: Its suffix chooses the format.
            image: (H, W), in [0, 1].
            like: What it was made of.

        Raises:
            DataError: A value is not finite, or the format cannot hold them.
        """
        if not np.isfinite(image).all():
            raise DataError(f'{path}: the result has values that are NaN or infinite')
        source = like.source
        wanted = 'amplitude' if source.domain == 'complex' else source.domain
        values = like.stretch.invert(image)
        if like.domain is not None and wanted is not None:
            values = convert_domain(values, like.domain, wanted)
        integer = source.dtype in ('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32')
        dtype = np.dtype(source.dtype if integer else np.float32)
        if integer:
            # float64 holds every integer of 32 bits, float32 does not.
            limits = np.iinfo(dtype)
            values = np.clip(values.astype(np.float64), limits.min, limits.max)
        nodata = source.nodata if source.domain == wanted else None
        if like.missing is not None:
            values = np.where(like.missing, np.nan if nodata is None else nodata, values)
        written = np.repeat(values[..., None], like.bands, axis=2)
        meta = replace(source, domain=wanted, dtype=str(dtype), nodata=nodata)
        write_raster(path, written, meta, dtype)
