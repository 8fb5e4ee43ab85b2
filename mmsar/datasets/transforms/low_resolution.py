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
        if 'img' in results:
            return _check(results, scale)
        gt = results['gt']
        rows, columns = (side // scale * scale for side in gt.shape[:2])
        if not rows or not columns:
            raise DataError(f'{results.get("gt_path")}: fewer than {scale} rows or columns')
        gt = gt[:rows, :columns]
        meta = results.get('gt_raster')
        if meta is not None and meta.domain == 'complex':
            gt = np.ascontiguousarray(gt, np.float32).view(np.complex64)
            meta = replace(meta, domain='amplitude')
        img = self._reduce(gt, scale, results.get('degradation'))
        results['gt'], results['img'] = (np.abs(x) if np.iscomplexobj(x) else x for x in (gt, img))
        results['gt_raster'] = results['img_raster'] = meta
        results['ori_gt_shape'], results['ori_img_shape'] = results['gt'].shape, img.shape
        results['img_channel_order'] = results.get('gt_channel_order')
        results['img_color_type'] = results.get('gt_color_type')
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


def _check(results: dict[str, Any], scale: int) -> dict[str, Any]:
    """Cut the larger image to the size that the smaller one says.

    Raises:
        DataError: It is too small, or larger by more than the division leaves over.
    """
    rows, columns = (scale * side for side in results['img'].shape[:2])
    gt = results['gt']
    over = (gt.shape[0] - rows, gt.shape[1] - columns)
    if not all(0 <= rest < scale for rest in over):
        low = results['img'].shape
        raise DataError(
            f'{results.get("gt_path")} has {gt.shape[1]} x {gt.shape[0]} pixels and '
            f'{results.get("img_path")} has {low[1]} x {low[0]}: with scale={scale} the first must '
            f'have {columns} x {rows}'
        )
    results['gt'] = gt[:rows, :columns]
    return results
