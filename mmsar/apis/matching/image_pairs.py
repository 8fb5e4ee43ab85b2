"""Pairs of images for tools that compare them without a network."""

from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.config import part_dataloader
from mmsar.datasets.pairs.files import pair_folders
from mmsar.errors import DataError


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


class ImagePairs:
    """Pairs of a data set as images in grey.

    Args:
        data: Gives ``inputs`` and ``data_samples``, as behind :class:`mmsar.PackPair`.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

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


def config_pairs(config: Config, part: str) -> ImagePairs:
    """Return the pairs that a config validates or tests on, as its pipeline gives them.

    Args:
        config: See :func:`mmsar.apis.load_config`.
        part: ``val`` or ``test``.

    Raises:
        ConfigError: The config has no such data set.
    """
    from mmengine.registry import DATASETS, init_default_scope

    loader = part_dataloader(config, part)
    init_default_scope(config.get('default_scope', 'mmsar'))
    return ImagePairs(DATASETS.build(loader.dataset))


def folder_pairs(sar: Path, optical: Path, seed: int = 0) -> ImagePairs:
    """Return the pairs of two folders, and each radar image once more with another optical image.

    The values are stretched between the percentiles 1 and 99 of each image.

    Args:
        sar: Folder of the radar images.
        optical: Folder of the optical images, under the same names.
        seed: Of the other images.

    Raises:
        DataError: See :func:`mmsar.datasets.pairs.files.pair_folders`; or there is one pair only.
    """
    from mmsar.datasets import OpticalSARPairs

    steps: list[dict[str, Any]] = [
        {'type': f'mmsar.{name}', 'key': key, **options}
        for key in ('sar', 'optical')
        for name, options in (('LoadSARImage', {}), ('StretchSAR', {'rule': 'percentile'}))
    ]
    return ImagePairs(
        OpticalSARPairs(
            data_prefix={'sar': str(sar), 'optical': str(optical)},
            negatives_seed=seed,
            test_mode=True,
            pipeline=[*steps, {'type': 'mmsar.PackPair'}],
        )
    )


def pair_files(sar: Path, optical: Path) -> list[tuple[str, str]]:
    """Return the files that belong together: two files, or those of the same name in two folders.

    Raises:
        DataError: One is a folder and the other is not, or see
            :func:`mmsar.datasets.pairs.files.pair_folders`.
    """
    if not (sar.is_dir() or optical.is_dir()):
        return [(str(sar), str(optical))]
    for path in (sar, optical):
        if not path.is_dir():
            raise DataError(f'{path} is not a folder; give two folders, or two image files')
    return [(pair.sar, pair.optical) for pair in pair_folders(sar, optical).values()]
