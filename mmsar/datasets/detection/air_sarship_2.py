"""AIR-SARShip-2.0, ships in 300 scenes of Gaofen-3."""

from pathlib import Path
from typing import Any

from mmsar.datasets.detection.scene_pairs import ScenePairs, pair_layouts
from mmsar.datasets.splits import split_by_hash
from mmsar.registry import DATASETS

_TRAIN_SHARE = 0.7  # 210 of 300, as published results have it; their lists are not published


@DATASETS.register_module()
class AIRSARShip2(ScenePairs):
    """AIR-SARShip-2.0: ships in 300 scenes of Gaofen-3.

    Dataset features:

    * 16 bits, one channel, 1000 x 1000 pixels: use ``mmsar.LoadSARImage`` and
      ``mmsar.StretchSAR``;
    * 2,040 ships.

    Dataset format:

    * images: TIFF
    * annotations: XML of the Gaofen challenge: the corners of each object as ``points``, edges
      counted from 0. Its box is from their minimum to their maximum. The size of the image is not
      in them, and is read from the header of the image

    Dataset classes: ship

    There is no official split. The numbers of the images are ranked by a hash of (seed, number),
    and the first 70 % (210 of 300) are the training set, the same on every machine. Other papers
    have other splits, mostly unpublished.

    If you use the data set, please cite:

    * https://doi.org/10.12000/JR19097 (Sun et al., AIR-SARShip-1.0: High-Resolution SAR Ship
      Detection Dataset, Journal of Radars, 2019), and name version 2.0

    Args:
        data_root: Folder with the data set.
        split: ``train`` or ``test``.
        split_seed: Another seed makes another split.
        **kwargs: See :class:`mmsar.datasets.detection.published.PublishedDetection`.
    """

    METAINFO = {'classes': ('ship',)}
    name = 'AIR-SARShip-2.0'
    page = 'docs/datasets/air_sarship_2.md'
    tree = ('AIR-SARShip-2.0-data/*.tiff', 'AIR-SARShip-2.0-xml/*.xml')
    layouts = pair_layouts(name)
    num_images = {'all': 300}

    def __init__(
        self, data_root: str, split: str = 'train', split_seed: int = 0, **kwargs: Any
    ) -> None:
        self.split_seed = split_seed
        super().__init__(data_root, split, **kwargs)

    def key(self, path: Path) -> str | None:
        """Return the number at the end of the name, however the copy writes it, or the name."""
        return super().key(path) or path.stem

    def choose(self, keys: list[str]) -> set[str]:
        """Return the scenes that belong to the split."""
        train, test = split_by_hash(keys, _TRAIN_SHARE, self.split_seed)
        return train if self.split == 'train' else test
