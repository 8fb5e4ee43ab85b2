"""A SAR and an optical image as one image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class StackViews(BaseTransform):
    """Stack aligned images along their channels: each later step acts on all of them alike.

    Put it right behind loading and stretching. Flips, crops and resizing of the host toolbox then
    need not know that there are two images; steps that know colours must come before it.

    Required: the images of ``keys``, (H, W, C_i). Changed: ``img``, (H, W, sum of C_i), in the type
    of the images. The other keys are removed. Added, unless they are there: ``img_path``, of the
    first image; ``img_shape`` and ``ori_shape``.

    Args:
        keys: Names of the images, in the order of the network's backbones. Default: a detection
            data set's SAR image and its optical view (``data_prefix=dict(optical=...)``).

    Raises:
        DataError: The images differ in size.
    """

    def __init__(self, keys: Sequence[str] = ('img', 'optical')) -> None:
        if isinstance(keys, str) or len(set(keys)) != len(keys) or len(keys) < 2:
            raise ConfigError(f'StackViews: keys={keys!r}; give two or more different names')
        self.keys = tuple(keys)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Stack the images."""
        absent = [key for key in self.keys if key not in results]
        if absent:
            raise ConfigError(
                f'StackViews: the sample has no image {absent[0]!r}; load it before, '
                f"dict(type='mmsar.LoadSARImage', key='{absent[0]}')"
            )
        images = [results[key] for key in self.keys]
        sizes = [image.shape[:2] for image in images]
        for key, size in zip(self.keys, sizes, strict=True):
            if size != sizes[0]:
                first = self.keys[0]
                raise DataError(
                    f'{results.get(f"{first}_path")} has {sizes[0][1]} x {sizes[0][0]} pixels and '
                    f'{results.get(f"{key}_path")} {size[1]} x {size[0]}: register the images, so '
                    'that both show the same ground pixel by pixel'
                )
        for key in self.keys:
            results.pop(key)
        results['img'] = np.concatenate(images, axis=2)
        results.setdefault('img_path', results.get(f'{self.keys[0]}_path'))
        for name in ('img_shape', 'ori_shape'):
            results.setdefault(name, sizes[0])
        return results

    def __repr__(self) -> str:
        return f'StackViews(keys={self.keys})'
