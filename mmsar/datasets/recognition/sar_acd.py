"""SAR-ACD, six types of civil aircraft."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import some
from mmsar.datasets.csv_file import read_csv
from mmsar.datasets.recognition.group_split import split_groups
from mmsar.datasets.recognition.named_folders import Named, name_by_folders
from mmsar.datasets.recognition.published import PublishedChips
from mmsar.datasets.recognition.view_groups import group_views
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS

ACD_CLASSES: Mapping[str, tuple[str, ...]] = {
    'A220': ('airbusa220', 'aircraftairbusa220'),
    'A320321': ('airbusa320321', 'a320', 'a321'),
    'A330': ('airbusa330', 'aircraftairbusa330'),
    'ARJ21': ('comacarj21', 'aircraftcomacarj21'),
    'Boeing737': ('b737', 'aircraftboeing737'),
    'Boeing787': ('b787', 'aircraftboeing787'),
}
FIVE = tuple(name for name in ACD_CLASSES if name != 'A320321')
# Training and test chips of SAR-VSA together; A320321 has the others of 3,032.
_PUBLISHED = {
    'A220': 464, 'A320321': 510, 'A330': 512, 'ARJ21': 514, 'Boeing737': 528, 'Boeing787': 504,
}  # fmt: skip
# In SAR-VSA. Chips of all five were drawn together: 504 of 2522, a fifth.
TRAIN_COUNTS = dict(zip(FIVE, (91, 97, 103, 100, 113), strict=True))
_LABELS = 'labels.csv'


@DATASETS.register_module()
class SARACD(PublishedChips):
    """SAR-ACD: 3,032 chips of six types of civil aircraft, at C band and 1 m.

    Dataset features:

    * 8-bit images, 32 to 200 pixels a side;
    * most are flips or rotations of another one: a random split has views of one image in both
      parts. Here, views of one image are a group, which is never divided.

    Dataset format:

    * images in a folder a class, at any depth; if these lie in ``train`` and ``test``, they are the
      parts, else whole groups are drawn;
    * groups: column ``aug_group`` of ``labels.csv``, with the column ``file``, if it is there; else
      they are found by comparing all images in their eight views
      (:func:`mmsar.datasets.recognition.view_groups.group_views`), which takes some seconds.

    Dataset classes: A220, A320321, A330, ARJ21, Boeing737, Boeing787.

    A sample before the pipeline has ``img_path``, ``gt_label``, ``data_set`` and ``group``.

    The README says "open to the community to provide support for research". If you use it, please
    cite Sun et al., IEEE TGRS 2022, doi 10.1109/TGRS.2022.3166174.

    Args:
        data_root: Folder of the data set.
        split: ``train``, ``test`` or ``all``.
        types: ``six``, or the ``five`` of SAR-VSA, which has no A320321.
        seed: Of the draw.
        redraw: Draw also where there are folders ``train`` and ``test``.
        train_share: Of the chips of each class that are drawn to train, or a few fewer, as the
            groups are. 0.2, as in SAR-VSA, gives the complete ``five`` the counts of its README.
        doubtful: ``keep`` or ``drop`` groups whose chips have different classes.
        **kwargs: See :class:`mmsar.datasets.recognition.published.PublishedChips`.

    Raises:
        ConfigError: There is no such part.
        DataError: The data set is not there, or a class or a group is unknown.
    """

    title = 'SAR-ACD'
    key = 'sar_acd'
    page = 'docs/datasets/sar_acd.md'
    splits = ('train', 'test', 'all')

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        types: str = 'six',
        seed: int = 0,
        redraw: bool = False,
        train_share: float = 0.2,
        doubtful: str = 'keep',
        **kwargs: Any,
    ) -> None:
        if types not in ('five', 'six'):
            raise ConfigError(f'types={types!r}: choose five or six')
        if doubtful not in ('keep', 'drop'):
            raise ConfigError(f'doubtful={doubtful!r}: choose keep or drop')
        if not 0 < train_share < 1:
            raise ConfigError(f'train_share={train_share}: give a share between 0 and 1')
        self.classes = FIVE if types == 'five' else tuple(ACD_CLASSES)
        self.seed = seed
        self.redraw = redraw
        self.train_share = train_share
        self.doubtful = doubtful
        kwargs['metainfo'] = {'classes': self.classes, **(kwargs.get('metainfo') or {})}
        super().__init__(data_root, split, **kwargs)

    def published(self) -> Mapping[str, int]:
        """Return the published number of chips of each class, which is known of ``all``."""
        if self.split != 'all':
            return {}
        return {name: _PUBLISHED[name] for name in self.classes}

    def read(self) -> list[dict[str, Any]]:
        """Find the chips of the split."""
        root = Path(self.data_root)
        found = name_by_folders(self.find_files(), ACD_CLASSES, self.aliases, self.data_root)
        groups = self._groups(root, [item.path for item in found])
        chips = list(zip(found, groups, strict=True))
        chips = [(item, group) for item, group in chips if item.label in self.classes]
        if self.doubtful == 'drop':
            kinds: dict[str, set[str]] = {}
            for item, group in chips:
                kinds.setdefault(group, set()).add(item.label)
            chips = [(item, group) for item, group in chips if len(kinds[group]) == 1]
        parts = self._parts([item for item, _ in chips], [group for _, group in chips])
        return [
            {'img_path': str(root / item.path), 'label': item.label, 'group': group}
            for (item, group), part in zip(chips, parts, strict=True)
            if self.split in ('all', part)
        ]

    def _parts(self, found: Sequence[Named], groups: Sequence[str]) -> list[str]:
        given = [item.split for item in found]
        if not self.redraw and all(given):
            sides: dict[str, set[str]] = {}
            for part, group in zip(given, groups, strict=True):
                sides.setdefault(group, set()).add(part)
            both = [group for group, parts in sides.items() if len(parts) > 1]
            if both:
                raise DataError(
                    f'{self.data_root}: {len(both)} groups have views of one image in train and '
                    f'in test: {some(both)}. Set redraw=True to divide the groups anew'
                )
            return given
        labels = [item.label for item in found]
        counts = Counter(labels)
        wanted = {name: math.floor(self.train_share * count) for name, count in counts.items()}
        if self.train_share == 0.2 and counts == {name: _PUBLISHED[name] for name in FIVE}:
            wanted = TRAIN_COUNTS
        chosen = split_groups(labels, groups, wanted, self.seed)
        return ['train' if first else 'test' for first in chosen]

    def _groups(self, root: Path, paths: Sequence[str]) -> list[str]:
        """Return the group of each image."""
        if not (root / _LABELS).is_file():
            numbers = _found_groups(tuple(str(root / path) for path in paths))
            return [paths[number] for number in numbers]
        header, rows = read_csv(root / _LABELS)
        for column in ('file', 'aug_group'):
            if column not in header:
                raise DataError(
                    f'{root / _LABELS} has no column {column!r}; add it, or remove the file to '
                    'have the groups found'
                )
        known = {row['file']: row['aug_group'] for _, row in rows}
        if len(known) < len(rows):
            counts = Counter(row['file'] for _, row in rows)
            twice = [file for file, count in counts.items() if count > 1]
            raise DataError(f'{root / _LABELS} names files more than once: {some(twice)}')
        missing = [path for path in paths if not known.get(path)]
        if missing:
            raise DataError(
                f'{root / _LABELS} does not say the aug_group of {len(missing)} of {len(paths)} '
                f'images: {some(missing)}'
            )
        return [known[path] for path in paths]


@lru_cache(maxsize=4)
def _found_groups(paths: tuple[str, ...]) -> list[int]:
    """Remember the groups for the other parts of the data set."""
    return group_views(paths)
