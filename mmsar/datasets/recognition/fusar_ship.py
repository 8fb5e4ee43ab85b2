"""FUSAR-Ship, ten classes of ships and of what is no ship."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmsar.datasets.recognition.named_folders import name_by_folders
from mmsar.datasets.recognition.published import PublishedChips
from mmsar.datasets.splits import rank_by_hash
from mmsar.registry import DATASETS

FUSAR_CLASSES: Mapping[str, tuple[str, ...]] = {
    'bridge': ('bridges',),
    'coastal land': ('coastallands',),
    'land patch': ('landpatches',),
    'sea clutter wave': ('seaclutterwaves', 'seaclutter'),
    'sea patch': ('seapatches',),
    'ship (cargo)': ('cargo', 'cargos'),
    'ship (fishing)': ('fishing',),
    'ship (tanker)': ('tanker', 'tankers'),
    'ship (others)': ('other', 'others', 'othership', 'otherships'),
    'strong false alarms': ('strongfalsealarm',),
}
TRAIN_COUNTS = dict(
    zip(FUSAR_CLASSES, (1023, 707, 1137, 1378, 1250, 366, 248, 150, 312, 299), strict=True)
)
TEST_COUNTS = dict(
    zip(FUSAR_CLASSES, (438, 303, 487, 590, 535, 156, 106, 64, 133, 128), strict=True)
)


@DATASETS.register_module()
class FUSARShip(PublishedChips):
    """FUSAR-Ship in the ten classes of SARATR-X: 9,810 chips of Gaofen-3, at C band.

    Dataset features:

    * 8-bit images, mostly of 512 x 512 pixels;
    * four kinds of ships, and six of what is no ship.

    Dataset format:

    * images in a folder a class, at any depth; if these lie in ``Train`` and ``Val`` (or ``Test``),
      they are the parts, else three in ten of each class are drawn to test.

    The published lists are not: the README of SARATR-X has the counts only. Its test parts have
    three tenths of each class, rounded down, and so has this draw. The release has more kinds of
    ships; which of them are "others" is not published: say it with ``aliases``.

    Dataset classes: bridge, coastal land, land patch, sea clutter wave, sea patch, ship (cargo),
    ship (fishing), ship (tanker), ship (others), strong false alarms.

    If you use it, please cite Hou et al., FUSAR-Ship: building a high-resolution SAR-AIS matchup
    dataset of Gaofen-3 for ship detection and recognition, Science China Information Sciences 2020,
    doi 10.1007/s11432-019-2772-5.

    Args:
        data_root: Folder of the data set.
        split: ``train`` or ``test``.
        seed: Of the draw.
        redraw: Draw also where there are folders ``Train`` and ``Val``.
        **kwargs: See :class:`mmsar.datasets.recognition.published.PublishedChips`;
            ``aliases={'Tug': 'ship (others)'}`` names the class of further folders.

    Raises:
        ConfigError: There is no such part, or an alias is of no class.
        DataError: The data set is not there, or a folder is called as no class.
    """

    title = 'FUSAR-Ship'
    key = 'fusar_ship'
    page = 'docs/datasets/fusar_ship.md'

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        seed: int = 0,
        redraw: bool = False,
        **kwargs: Any,
    ) -> None:
        self.seed = seed
        self.redraw = redraw
        classes = tuple(FUSAR_CLASSES)
        kwargs['metainfo'] = {'classes': classes, **(kwargs.get('metainfo') or {})}
        super().__init__(data_root, split, **kwargs)

    def published(self) -> Mapping[str, int]:
        """Return the published number of chips of each class."""
        return TRAIN_COUNTS if self.split == 'train' else TEST_COUNTS

    def read(self) -> list[dict[str, Any]]:
        """Find the chips of the split."""
        found = name_by_folders(self.find_files(), FUSAR_CLASSES, self.aliases, self.data_root)
        if not self.redraw and all(item.split for item in found):
            chosen = {item.path for item in found if item.split == self.split}
        else:
            chosen = _draw({item.path: item.label for item in found}, self.split, self.seed)
        root = Path(self.data_root)
        return [
            {'img_path': str(root / item.path), 'label': item.label}
            for item in found
            if item.path in chosen
        ]


def _draw(labels: Mapping[str, str], split: str, seed: int) -> set[str]:
    """Return the members of a part; which they are depends on their paths and the seed alone."""
    tests = {label: count * 3 // 10 for label, count in Counter(labels.values()).items()}
    taken: Counter[str] = Counter()
    test = set()
    for path in rank_by_hash(labels, seed):
        label = labels[path]
        if taken[label] < tests[label]:
            taken[label] += 1
            test.add(path)
    return test if split == 'test' else labels.keys() - test
