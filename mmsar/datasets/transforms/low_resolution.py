"""Making the low-resolution image of a pair."""

from dataclasses import replace
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS
from mmsar.simulation.bicubic import bicubic
from mmsar.simulation.spectrum import LEVELS, WINDOWS, cut_spectrum

METHODS = ('bicubic', 'spectral')


@TRANSFORMS.register_module()
class MakeLowResolution(BaseTransform):
    """Make ``img`` of ``gt``, at a lower resolution.

    ``bicubic`` is what the super-resolution of photographs uses. ``spectral`` keeps the central
    part of the image's spectrum, as a radar of less bandwidth and a shorter aperture would; of
    complex data (``LoadSARImage(domain_out='complex')``) that is what it would measure, of
    amplitudes a substitute without phase. It is far harder: results of the two cannot be compared.

    Put it before ``StretchSAR``: values have their physical meaning there. If there is an ``img``
    already, it is kept, and its size is checked.

    Pixels without data (NaN, infinity, ``nodata`` of the file) get the smallest value of the image:
    they would spread.

    Required: ``gt``, ``scale``; ``degradation`` (both from :class:`mmsar.ISARPairs`). Changed:
    ``gt``, cut to a multiple of the scale at the lower right, and to its amplitude where complex.
    Added: ``img`` and ``img_raster``.

    Args:
        window: Of the spectral method: ``none``, ``hamming`` or ``taylor``.
        level: What the spectral method keeps: ``mean``, ``energy`` or ``peak``; see
            :func:`mmsar.simulation.spectrum.cut_spectrum`. Default: the energy of complex data, the
            mean of others.
    """

    def __init__(self, window: str = 'none', level: str | None = None) -> None:
        for name, value, choices in (
            ('window', window, WINDOWS),
            ('level', level, (None, *LEVELS)),
        ):
            if value not in choices:
                raise ConfigError(
                    f'MakeLowResolution: {name}={value!r}; choose one of '
                    f'{", ".join(map(str, choices))}'
                )
        self.window = window
        self.level = level

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Make it."""
        scale = results['scale']
        gt = _image(results, 'gt')
        if 'img' in results:
            img = _image(results, 'img')
            gt = _cut(gt, img, results)
        else:
            rows, columns = (side // scale * scale for side in gt.shape[:2])
            if not rows or not columns:
                raise DataError(f'{results.get("gt_path")}: fewer than {scale} rows or columns')
            gt = gt[:rows, :columns]
            img = self._reduce(gt, scale, results.get('degradation'))
            for name in ('raster', 'channel_order', 'color_type'):
                results[f'img_{name}'] = results.get(f'gt_{name}')
        for key, image in (('gt', gt), ('img', img)):
            results[key] = np.abs(image) if np.iscomplexobj(image) else image
            results[f'ori_{key}_shape'] = results[key].shape
            meta = results.get(f'{key}_raster')
            if meta is not None and meta.domain == 'complex':
                results[f'{key}_raster'] = replace(meta, domain='amplitude')
        return results

    def _reduce(self, gt: NDArray[Any], scale: int, method: str | None) -> NDArray[Any]:
        if method == 'bicubic':
            amplitude = np.abs(gt) if np.iscomplexobj(gt) else gt
            img: NDArray[Any] = bicubic(amplitude, (gt.shape[0] // scale, gt.shape[1] // scale))
        elif method == 'spectral':
            level = self.level or ('energy' if np.iscomplexobj(gt) else 'mean')
            img = cut_spectrum(gt, scale, self.window, level)
        else:
            raise ConfigError(
                f'degradation={method!r}; set degradation of mmsar.ISARPairs to one of '
                f'{", ".join(METHODS)}, or load low-resolution images '
                "(dict(type='mmsar.LoadSARImage', key='img') before this step)"
            )
        # Neither filter knows that there is no negative amplitude.
        real = not np.iscomplexobj(img)
        return np.maximum(img, 0) if real and not np.iscomplexobj(gt) and gt.min() >= 0 else img

    def __repr__(self) -> str:
        return f'MakeLowResolution(window={self.window!r}, level={self.level!r})'


def _image(results: dict[str, Any], key: str) -> NDArray[Any]:
    """Return an image as a radar has it: complex where it is, and a number everywhere.

    A filter spreads a value that is none, and a Fourier transform over the whole image.
    """
    image, meta = results[key], results.get(f'{key}_raster')
    if meta is None:
        return np.asarray(image)
    if meta.domain == 'complex':
        image = np.ascontiguousarray(image, np.float32).view(np.complex64)
    without = meta.missing(image)
    if not without.any():
        return np.asarray(image)
    if without.all():
        raise DataError(f'{results.get(f"{key}_path")} has no pixel with data; remove the image')
    return np.where(without, 0 if meta.domain == 'complex' else image[~without].min(), image)


def _cut(gt: NDArray[Any], img: NDArray[Any], results: dict[str, Any]) -> NDArray[Any]:
    """Return the larger image, cut to the size that the smaller one says.

    Raises:
        DataError: It is too small, or larger by more than the division leaves over.
    """
    scale = results['scale']
    rows, columns = (scale * side for side in img.shape[:2])
    over = (gt.shape[0] - rows, gt.shape[1] - columns)
    if not all(0 <= rest < scale for rest in over):
        raise DataError(
            f'{results.get("gt_path")} has {gt.shape[1]} x {gt.shape[0]} pixels and '
            f'{results.get("img_path")} has {img.shape[1]} x {img.shape[0]}: with scale={scale} '
            f'the first must have {columns} x {rows}'
        )
    return gt[:rows, :columns]
