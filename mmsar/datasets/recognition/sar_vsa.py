"""SAR-VSA, 25 classes of vehicles, ships, aircraft and ground."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmsar.datasets.recognition.fusar_ship import FUSAR_CLASSES
from mmsar.datasets.recognition.fusar_ship import TEST_COUNTS as FUSAR_TEST
from mmsar.datasets.recognition.fusar_ship import TRAIN_COUNTS as FUSAR_TRAIN
from mmsar.datasets.recognition.manifest import read_manifest
from mmsar.datasets.recognition.mstar_protocol import find_part
from mmsar.datasets.recognition.named_folders import name_by_folders
from mmsar.datasets.recognition.published import PublishedChips
from mmsar.datasets.recognition.sar_acd import ACD_CLASSES
from mmsar.datasets.recognition.sar_acd import TRAIN_COUNTS as ACD_TRAIN
from mmsar.errors import ConfigError
from mmsar.registry import DATASETS

# In the order of the README of SARATR-X: class, data set, its class there.
_ORDER = (
    ('anti-aircraft (ZSU234)', 'mstar', 'ZSU234'),
    ('bulldozer (D7)', 'mstar', 'D7'),
    ('howitzer (2S1)', 'mstar', '2S1'),
    ('infantry vehicle (BMP2)', 'mstar', 'BMP2'),
    ('main battle tank (T62)', 'mstar', 'T62'),
    ('main battle tank (T72)', 'mstar', 'T72'),
    ('patrol car (BRDM2)', 'mstar', 'BRDM2'),
    ('personnel carrier (BTR60)', 'mstar', 'BTR60'),
    ('personnel carrier (BTR70)', 'mstar', 'BTR70'),
    ('truck (ZIL131)', 'mstar', 'ZIL131'),
    *((name, 'fusar_ship', name) for name in FUSAR_CLASSES),
    ('aircraft (Airbus A220)', 'sar_acd', 'A220'),
    ('aircraft (Airbus A330)', 'sar_acd', 'A330'),
    ('aircraft (Comac ARJ21)', 'sar_acd', 'ARJ21'),
    ('aircraft (Boeing 737)', 'sar_acd', 'Boeing737'),
    ('aircraft (Boeing 787)', 'sar_acd', 'Boeing787'),
)
VSA_CLASSES = tuple(name for name, _, _ in _ORDER)
# Class of SAR-VSA by data set and class there.
VSA_NAMES = {(key, own): name for name, key, own in _ORDER}
_SETS = {name: key for name, key, _ in _ORDER}
_ACD_TEST = {'A220': 373, 'A330': 415, 'ARJ21': 411, 'Boeing737': 428, 'Boeing787': 391}
VSA_COUNTS: Mapping[str, Mapping[str, int]] = {
    split: {
        name: {'mstar': find_part('SOC', split).counts, 'fusar_ship': fusar, 'sar_acd': acd}[key][
            own
        ]
        for name, key, own in _ORDER
    }
    for split, fusar, acd in (('train', FUSAR_TRAIN, ACD_TRAIN), ('test', FUSAR_TEST, _ACD_TEST))
}


@DATASETS.register_module()
class SARVSA(PublishedChips):
    """SAR-VSA: 25 classes of vehicles, ships, ground and aircraft, from three data sets.

    Dataset features:

    * 11,045 chips to train, 8,161 to test, of 8 bits and any size, from MSTAR, FUSAR-Ship and
      SAR-ACD;
    * chips of MSTAR have other sizes for other classes: put
      ``dict(type='mmsar.CentreCropOrPad', sets=['mstar'])`` before the step that resizes.

    Dataset format:

    * ``train.csv`` and ``test.csv``, as ``tools/dataset_converters/build_sar_vsa.py`` writes them;
    * or a copy in folders ``{TRAIN,TEST}/CLASS/``, called as below, as the words in the brackets
      or as in the three data sets.

    Dataset classes, in the order of the README of SARATR-X: see ``metainfo``.

    A sample before the pipeline has ``img_path``, ``gt_label``, ``data_set`` (``mstar``,
    ``fusar_ship`` or ``sar_acd``) and ``group``, one for all views of an image.

    Please cite the three data sets, and https://doi.org/10.1109/TIP.2025.3531988 (SARATR-X).

    Args:
        data_root: Folder of the lists, or of the copy.
        split: ``train`` or ``test``.
        sets: Take the chips of these data sets only. The labels stay those of 25 classes.
        **kwargs: See :class:`mmsar.datasets.recognition.PublishedChips`; not ``ann_file``.

    Raises:
        ConfigError: There is no such part, or set.
        DataError: The data set is not there, or something is wrong with it.
    """

    title = 'SAR-VSA'
    key = 'sar_vsa'
    page = 'docs/datasets/sar_vsa.md'

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        sets: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(sets, str):
            raise ConfigError(f'SARVSA: sets={sets!r}; give a list')
        keys = tuple(dict.fromkeys(_SETS.values()))
        unknown = [name for name in sets or () if name not in keys]
        if unknown:
            raise ConfigError(f'SARVSA: sets={sets!r}; choose of {", ".join(keys)}')
        self.chosen_sets = sets
        kwargs['metainfo'] = {'classes': VSA_CLASSES, **(kwargs.get('metainfo') or {})}
        super().__init__(data_root, split, **kwargs)

    def published(self) -> Mapping[str, int]:
        """Return the published number of chips of each class."""
        counts = VSA_COUNTS[self.split]
        chosen = self.chosen_sets
        return {name: n for name, n in counts.items() if chosen is None or _SETS[name] in chosen}

    def read(self) -> list[dict[str, Any]]:
        """Find the chips of the split."""
        found = self._listed_chips() if self._has_lists() else self._chips_in_folders()
        for sample in found:
            # Of the class, not of a column: steps such as CentreCropOrPad go by it.
            sample['data_set'] = _SETS.get(sample['label'], '')
        if self.chosen_sets is None:
            return found
        # Unknown classes stay, to be named.
        return [sample for sample in found if sample['data_set'] in (*self.chosen_sets, '')]

    def _has_lists(self) -> bool:
        return any((Path(self.data_root) / f'{split}.csv').is_file() for split in self.splits)

    def _listed_chips(self) -> list[dict[str, Any]]:
        root = Path(self.data_root)
        return [
            {
                'img_path': str(root / chip.path),
                'label': chip.label,
                'group': chip.group or chip.path,
            }
            for chip in read_manifest(root / f'{self.split}.csv')
            if self._wanted(chip.path)
        ]

    def _chips_in_folders(self) -> list[dict[str, Any]]:
        root = Path(self.data_root)
        names = {
            name: (
                own,
                name[name.find('(') + 1 :],
                *ACD_CLASSES.get(own, ()),
                *FUSAR_CLASSES.get(own, ()),
            )
            for name, _, own in _ORDER
        }
        found = name_by_folders(self.find_files(), names, self.aliases, self.data_root)
        return [
            {
                'img_path': str(root / item.path),
                'label': item.label,
                'group': item.path,
            }
            for item in found
            if item.split == self.split
        ]
