"""Loading of radar and optical images, with the meaning of their values."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mmsar.datasets.percentiles import scene_percentiles
from mmsar.errors import ConfigError, DataError
from mmsar.io import Raster, RasterMeta, convert_domain, read_raster
from mmsar.io.meta import require_domain
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadSARImage(BaseTransform):
    """Load any raster file that :func:`mmsar.io.read_raster` knows, as float32.

    mmcv's and mmagic's ``LoadImageFromFile`` keep the high byte only of 16-bit values (300 becomes
    1) and know neither complex nor MAT files.

    Without arguments no value is changed: real data come in the units of the file, complex data as
    their amplitude. The order of the bands is that of the file, so colour is red, green, blue: set
    ``bgr_to_rgb=False`` in the data preprocessor.

    Required: ``<key>_path``. Added: ``<key>``, (H, W, C), float32; ``<key>_raster``, its
    :class:`mmsar.io.RasterMeta`, whose ``domain`` is that of the values here;
    ``ori_<key>_shape``, ``<key>_channel_order``, ``<key>_color_type`` (mmagic); with key ``img``
    also ``img_shape`` and ``ori_shape`` (mmdet, mmpretrain).

    Args:
        domain_in: Domain of the values in the file: ``amplitude``, ``intensity``, ``db`` or
            ``complex``. Default: what the file says.
        domain_out: Domain wanted; ``complex`` gives real and imaginary part as two channels a
            band. Default: amplitude of complex data, others as they are.
        channels: 1 or 3: a single band is repeated, three equal ones become one. Default: the bands
            of the file.
        bands: Numbers from 0, or polarisations; a band may be named twice
            (``['VV', 'VH', 'VV']``). Default: all.
        name: Variable of an NPZ or MAT file.
        key: ``img``, or what mmagic calls the image (``gt``).
    """

    def __init__(
        self,
        domain_in: str | None = None,
        domain_out: str | None = None,
        channels: int | None = None,
        bands: Sequence[int | str] | None = None,
        name: str | None = None,
        key: str = 'img',
    ) -> None:
        for argument in ('domain_in', 'domain_out'):
            if (value := locals()[argument]) is not None:
                require_domain(value, argument)
        if channels not in (None, 1, 3):
            raise ConfigError(f'LoadSARImage: channels={channels!r}; choose 1, 3 or None')
        self.domain_in = domain_in
        self.domain_out = domain_out
        self.channels = channels
        self.bands = bands
        self.name = name
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the image."""
        path = results[f'{self.key}_path']
        array, meta = read_raster(path, bands=self.bands, name=self.name)
        return self.take(results, array, meta)

    def take(
        self, results: dict[str, Any], array: NDArray[Any], meta: RasterMeta
    ) -> dict[str, Any]:
        """Take an image that was read already.

        Args:
            results: With ``<key>_path``, for messages.
            array: (H, W, C).
            meta: Of the image.
        """
        path = results[f'{self.key}_path']
        if f'{self.key}_percentiles' in results:
            self._convert_percentiles(results, *self._domains(meta.domain))
            if self.bands is not None and len(set(self.bands)) != meta.shape[2]:
                # They are of all bands together: of no use, should StretchSAR want them.
                results[f'{self.key}_percentiles'] = {}
        array, meta = self.convert(array, meta, path)
        results[self.key] = array
        results[f'{self.key}_raster'] = meta
        results[f'ori_{self.key}_shape'] = array.shape
        results[f'{self.key}_channel_order'] = 'rgb'
        results[f'{self.key}_color_type'] = 'unchanged'
        if self.key == 'img':
            results['img_shape'] = results['ori_shape'] = array.shape[:2]
        return results

    def convert(
        self, array: NDArray[Any], meta: RasterMeta, path: object
    ) -> tuple[NDArray[Any], RasterMeta]:
        """Convert what was read of a file, or of a part of it, as the arguments say.

        Args:
            array: (H, W, C), of :func:`mmsar.io.read_raster`, with the bands wanted.
            meta: Its description.
            path: Of the file, for messages.

        Returns:
            (H, W, C), contiguous, float32, and a description of these values.
        """
        array, domain = self._convert(array, meta.domain, path)
        if self.channels:
            array = self._match_channels(array, path)
        nodata = _convert_nodata(meta.nodata, self.domain_in or meta.domain, domain)
        return np.ascontiguousarray(array), replace(meta, domain=domain, nodata=nodata)

    def percentiles(
        self, raster: Raster, bands: Sequence[int | str] | None, levels: Sequence[float]
    ) -> dict[str, float]:
        """Return percentiles of an open scene, of the values that this transform makes of it.

        Args:
            raster: The scene, which is read strip by strip.
            bands: Of the scene. Default: all.
            levels: From 0 to 100.
        """
        numbers = None if bands is None else sorted(set(raster._band_numbers(bands)))
        key = f'{self.key}_percentiles'
        found: dict[str, Any] = {key: scene_percentiles(raster, numbers, levels)}
        self._convert_percentiles(found, *self._domains(raster.meta.domain))
        return found[key]

    def _domains(self, domain: str | None) -> tuple[str | None, str | None]:
        """Return the domain of a file's values, and the one that they are converted to."""
        domain = self.domain_in or domain
        return domain, self.domain_out or ('amplitude' if domain == 'complex' else domain)

    def _convert(
        self, array: NDArray[Any], domain: str | None, path: object
    ) -> tuple[NDArray[Any], str | None]:
        domain, target = self._domains(domain)
        if np.iscomplexobj(array) != (domain == 'complex'):
            values = 'complex' if np.iscomplexobj(array) else 'real'
            raise DataError(f'{path} holds {values} values; domain_in={domain!r} does not fit')
        if target == domain == 'complex':
            parts = np.stack([array.real, array.imag], axis=-1)
            return parts.reshape(*array.shape[:2], -1), domain
        if target is None or target == domain:
            return array, domain
        if domain is None:
            raise DataError(
                f'{path} does not say what its values are; to convert them to {target}, set '
                'domain_in of LoadSARImage'
            )
        return convert_domain(array, domain, target), target

    def _convert_percentiles(
        self, results: dict[str, Any], source: str | None, target: str | None
    ) -> None:
        """Convert those that a tile carries of its scene; the conversions are monotonic."""
        key = f'{self.key}_percentiles'
        source = 'amplitude' if source == 'complex' else source
        if source == target or None in (source, target):
            return
        values = np.array(list(results[key].values()), np.float32)
        converted = convert_domain(values, str(source), str(target)).tolist()
        results[key] = dict(zip(results[key], converted, strict=True))

    def _match_channels(self, array: NDArray[Any], path: object) -> NDArray[Any]:
        bands = array.shape[2]
        if bands == self.channels:
            return array
        if bands == 1:
            return np.repeat(array, 3, axis=2)
        if self.channels == 1 and (array == array[..., :1]).all():
            return array[..., :1]
        raise DataError(
            f'{path} has {bands} different bands, and LoadSARImage was asked for channels='
            f'{self.channels}; choose with bands=, a band may be named twice'
        )

    def __repr__(self) -> str:
        return (
            f'LoadSARImage(domain_in={self.domain_in!r}, domain_out={self.domain_out!r}, '
            f'channels={self.channels}, bands={self.bands}, name={self.name!r}, key={self.key!r})'
        )


def _convert_nodata(value: float | None, source: str | None, target: str | None) -> float | None:
    """Return what the value of pixels without data has become."""
    if value is None or source == target or None in (source, target) or target == 'complex':
        return value
    with np.errstate(invalid='ignore'):  # the root of -9999 is NaN, as it is in the image
        return float(convert_domain(np.array([value], np.float32), str(source), str(target))[0])
