"""Pairs of images for tools that compare them without a network."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.datasets.checks import some
from mmsar.datasets.raster_files import raster_files
from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed


class ImagePair(NamedTuple):
    """Two images and whether they match.

    Attributes:
        name: Both files.
        sar: (H, W), the radar image, stretched.
        optical: (H, W), the optical image in grey.
        label: 1 for a match.
        group: What the radar image belongs to: its scene, or the image itself.
    """

    name: str
    sar: NDArray[Any]
    optical: NDArray[Any]
    label: int
    group: str


class ConfigPairs:
    """The pairs that a config validates or tests on, as its pipeline gives them.

    Args:
        config: See :func:`mmsar.apis.load_config`.
        part: ``val`` or ``test``.

    Raises:
        ConfigError: The config has no such data set.
    """

    def __init__(self, config: Config, part: str) -> None:
        from mmengine.registry import DATASETS, init_default_scope

        loader = config.get(f'{part}_dataloader')
        if not loader:
            raise ConfigError(f'the config has no {part}_dataloader')
        init_default_scope(config.get('default_scope', 'mmsar'))
        self._data = DATASETS.build(loader.dataset)

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, number: int) -> ImagePair:
        """Load a pair."""
        item = self._data[number]
        inputs, sample = item['inputs'], item['data_samples']
        group = sample.get('sar_group')
        return ImagePair(
            f'{sample.sar_path}, {sample.optical_path}',
            inputs['sar'].float().mean(0).numpy(),
            inputs['optical'].float().mean(0).numpy(),
            int(sample.label),
            f'image {sample.sar_id}' if group is None else f'scene {group}',
        )


class FolderPairs:
    """The pairs of two folders, and each radar image once more with another optical image.

    The values are stretched between the percentiles 1 and 99 of each image.

    Args:
        sar: Folder of the radar images.
        optical: Folder of the optical images, under the same names.
        seed: Of the other images.

    Raises:
        DataError: See :func:`pair_files`; or there is one pair only.
    """

    def __init__(self, sar: Path, optical: Path, seed: int = 0) -> None:
        from mmengine.dataset import Compose

        self._files = pair_files(sar, optical)
        if len(self._files) < 2:
            raise DataError(f'{sar} holds one image; others are needed that do not match it')
        self._seed = seed
        steps = [
            {'type': f'mmsar.{name}', 'key': key, **options}
            for key in ('sar', 'optical')
            for name, options in (('LoadSARImage', {}), ('StretchSAR', {'rule': 'percentile'}))
        ]
        self._pipeline = Compose(steps)

    def __len__(self) -> int:
        return 2 * len(self._files)

    def __getitem__(self, number: int) -> ImagePair:
        """Load a pair; the second half of them does not match."""
        count = len(self._files)
        own = other = number % count
        if number >= count:
            draw = np.random.default_rng(derive_seed('another image', self._seed, own))
            other = (own + 1 + int(draw.integers(count - 1))) % count
        sar, optical = str(self._files[own][0]), str(self._files[other][1])
        loaded: Any = self._pipeline({'sar_path': sar, 'optical_path': optical})
        return ImagePair(
            f'{sar}, {optical}',
            loaded['sar'].mean(-1),
            loaded['optical'].mean(-1),
            int(own == other),
            f'image {own}',
        )


def pair_files(sar: Path, optical: Path) -> list[tuple[Path, Path]]:
    """Return the files that belong together: two files, or those of the same name in two folders.

    Suffixes may differ.

    Raises:
        DataError: One is a folder and the other is not, a folder has no images, or an image has no
            partner.
    """
    if not (sar.is_dir() or optical.is_dir()):
        return [(sar, optical)]
    for path in (sar, optical):
        if not path.is_dir():
            raise DataError(f'{path} is not a folder; give two folders, or two image files')
    first, second = (
        {path.stem: path for path in raster_files(folder)} for folder in (sar, optical)
    )
    for folder, files, others in ((sar, first, second), (optical, second, first)):
        if not files:
            raise DataError(f'folder {folder} has no images')
        alone = [path.name for stem, path in files.items() if stem not in others]
        if alone:
            raise DataError(
                f'{len(alone)} of {len(files)} images in {folder} have no partner of the same '
                f'name in {optical if folder == sar else sar}: {some(alone)}. Rename or remove them'
            )
    return [(path, second[stem]) for stem, path in first.items()]
