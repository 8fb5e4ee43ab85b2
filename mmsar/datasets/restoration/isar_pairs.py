"""Folders of radar images for super-resolution."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from mmsar.datasets.pairs.choice import require_pair_paths
from mmsar.datasets.pairs.files import images_by_name, pair_folders
from mmsar.datasets.transforms.low_resolution import METHODS
from mmsar.errors import ConfigError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class ISARPairs(BaseDataset):
    """Images at a low and a high resolution; those at the low one may be made of the others.

    Dataset features:

    * images of any size, of any format that the pipeline's loader reads;
    * an image at low resolution is made by :class:`mmsar.MakeLowResolution` in the pipeline, or
      read from a folder of its own.

    Dataset format: a folder of images, or two whose images have equal names (their suffixes may
    differ).

    A sample before the pipeline has ``gt_path``, ``img_path`` where there is a second folder,
    ``scale``, ``degradation`` and ``key``, its name.

    Args:
        data_root: Folder of the data set.
        data_prefix: ``dict(gt=..., img=...)``, folders relative to ``data_root``; without ``img``
            low resolutions are made.
        scale: How many times larger ``gt`` is, a whole number.
        degradation: How low resolutions are made: ``bicubic`` or ``spectral``.
        pattern: Only files with such names, without suffix (``train_*``).
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ConfigError: An option is wrong.
        DataError: A folder is missing or has no images, or an image has no partner.
    """

    def __init__(
        self,
        data_root: str = '',
        data_prefix: dict[str, str] | None = None,
        scale: int = 4,
        degradation: str = 'bicubic',
        pattern: str = '*',
        **kwargs: Any,
    ) -> None:
        if degradation not in METHODS:
            raise ConfigError(
                f'ISARPairs: degradation={degradation!r}; choose one of {", ".join(METHODS)}'
            )
        if not (isinstance(scale, int) and scale > 0):
            raise ConfigError(f'ISARPairs: scale={scale!r}; it must be a whole number above zero')
        given = dict(data_prefix or {})
        if not set(given) <= {'gt', 'img'}:
            raise ConfigError(
                f'ISARPairs: data_prefix has {", ".join(given)}; give gt and, where there are '
                'images at low resolution, img'
            )
        for step in kwargs.get('pipeline', ()):
            if isinstance(step, Mapping) and step.get('rule') in ('percentile', 'peak'):
                raise ConfigError(
                    f'ISARPairs: StretchSAR(rule={step["rule"]!r}) maps each image by its own '
                    "values, so the two of a pair differ; choose rule='fixed' or 'db' in the "
                    'pipeline'
                )
        self.scale = scale
        self.degradation = degradation
        self.pattern = pattern
        self.has_low = bool(given.get('img'))
        given.setdefault('gt', '')
        if not self.has_low:
            given.pop('img', None)
        super().__init__(data_root=str(data_root), data_prefix=given, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the files (called by mmengine)."""
        require_pair_paths(self.data_root, '', self.data_prefix)
        gt = Path(self.data_prefix['gt'])
        common = {'scale': self.scale, 'degradation': self.degradation}
        if not self.has_low:
            files = images_by_name(gt, self.pattern)
            return [{'gt_path': str(files[name]), 'key': name, **common} for name in sorted(files)]
        pairs = pair_folders(gt, Path(self.data_prefix['img']), self.pattern)
        return [
            {'gt_path': pair.sar, 'img_path': pair.optical, 'key': name, **common}
            for name, pair in pairs.items()
        ]
