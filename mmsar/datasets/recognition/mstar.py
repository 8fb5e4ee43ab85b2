"""MSTAR, ten classes of vehicles."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import RASTER_SUFFIXES, some
from mmsar.datasets.recognition.mstar_files import Sight, from_folders, from_header
from mmsar.datasets.recognition.mstar_protocol import CLASSES, VARIANTS, Part, classes_of, find_part
from mmsar.datasets.recognition.named_folders import bare
from mmsar.datasets.recognition.published import PublishedChips
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class MSTAR(PublishedChips):
    """MSTAR: chips of ten classes of military vehicles, at X band and 0.3 m.

    Dataset features:

    * chips of 128 to 193 pixels a side, so that their size tells some classes: put
      :class:`mmsar.CentreCropOrPad` into the pipeline before they are resized;
    * magnitude and phase as float (Phoenix), or images of 8 bits.

    Dataset format:

    * the release: Phoenix files in any tree; who is a member, their headers say;
    * copies as images, in folders ``[PROTOCOL/]{TRAIN,TEST}/[17_DEG/]CLASS/[SERIAL/]``. Where there
      is no depression angle, the part says it; where there is no serial number, all chips of a
      class are taken. Images are not read where there are Phoenix files.

    Dataset classes of SOC: 2S1, BMP2, BRDM2, BTR60, BTR70, D7, T62, T72, ZIL131, ZSU234.

    Parts (depression angles in degrees; serial numbers in ``mstar_protocol.py``):

    * ``SOC``: train 17, test 15;
    * ``EOC-1``, depression angle: 2S1, BRDM2, T72 and ZSU234, train 17, test 30;
    * ``EOC-2C``, configurations: train BMP2, BRDM2, BTR70 and T72 at 17, test five other T72;
    * ``EOC-2V``, versions: the same training part, test two other BMP2 and five other T72.

    A sample before the pipeline has ``img_path``, ``gt_label``, ``data_set``, and ``serial`` and
    ``depression`` where they are known.

    MSTAR was released to the public by DARPA and AFRL. Protocols: Chen et al., Target
    Classification Using the Deep Convolutional Networks for SAR Images, IEEE TGRS 2016,
    doi 10.1109/TGRS.2016.2551720.

    Args:
        data_root: Folder of the data set.
        variant: ``SOC``, ``EOC-1``, ``EOC-2C`` or ``EOC-2V``.
        split: ``train`` or ``test``.
        serials: Of BMP2 and T72 in SOC: ``three``, which the counts of SARATR-X are of, or ``one``.
        **kwargs: See :class:`mmsar.datasets.recognition.published.PublishedChips`.

    Raises:
        ConfigError: There is no such part.
        DataError: The data set is not there, a header has an unknown field or value, or a folder is
            none that is known.
    """

    title = 'MSTAR'
    key = 'mstar'
    page = 'docs/datasets/mstar.md'

    def __init__(
        self,
        data_root: str = '',
        variant: str = 'SOC',
        split: str = 'train',
        serials: str = 'three',
        **kwargs: Any,
    ) -> None:
        if variant not in VARIANTS:
            raise ConfigError(f'variant={variant!r}: choose one of {", ".join(VARIANTS)}')
        if serials not in ('one', 'three'):
            raise ConfigError(f'serials={serials!r}: choose one or three')
        unknown = sorted(set((kwargs.get('aliases') or {}).values()) - set(CLASSES))
        if unknown:
            raise ConfigError(f'aliases: {some(unknown)} is none of {", ".join(CLASSES)}')
        self.variant = variant
        self.serials = serials
        kwargs['metainfo'] = {'classes': classes_of(variant), **(kwargs.get('metainfo') or {})}
        super().__init__(data_root, split, **kwargs)

    def published(self) -> Mapping[str, int]:
        """Return the published number of chips of each class."""
        return self._part.counts

    @property
    def _part(self) -> Part:
        return find_part(self.variant, self.split, self.serials)

    def read(self) -> list[dict[str, Any]]:
        """Find the members of the part."""
        root = Path(self.data_root)
        files = self.find_files()
        phoenix = [name for name in files if _is_phoenix(name)]
        if phoenix:
            seen = {name: from_header(root, name, self.aliases) for name in phoenix}
            _require_no_copies(root, phoenix)
        else:
            seen = {name: from_folders(name, self.data_root, self.aliases) for name in files}
            seen = self._of_this_protocol(seen)
            self._require_depressions(seen)
        return [
            {'img_path': str(root / name), 'label': sight.label, **_known(sight)}
            for name, sight in seen.items()
            if self._is_member(sight)
        ]

    def _is_member(self, sight: Sight) -> bool:
        part = self._part
        serials = part.serials.get(sight.label, ())
        if sight.depression is None:
            # Copies without angles have the right ones in their parts.
            fits = sight.split in ('', self.split)
        else:
            fits = sight.depression in part.depressions
        # The serial number of a class with several may be unknown.
        fits = fits and (not sight.serial or sight.serial in serials)
        # Scenes 2 and 3 of the release show some vehicles again, at 30 degrees and above.
        return fits and bool(serials) and sight.scene == 1

    def _of_this_protocol(self, seen: dict[str, Sight]) -> dict[str, Sight]:
        """Leave out what lies in the folder of another protocol."""
        wanted = bare(self.variant)  # eoc2c
        inside = [sight for sight in seen.values() if sight.split in ('', self.split)]
        named = {sight.variant for sight in inside if sight.variant}
        if not named:
            return seen
        if wanted not in named:
            # EOC2 may have its two kinds in one folder, told apart by serial numbers; all protocols
            # train on chips of SOC.
            others = [wanted[:4]] + ['soc'] * (self.split == 'train')
            wanted = next((name for name in others if name in named), wanted)
        chosen = {name: sight for name, sight in seen.items() if sight.variant in ('', wanted)}
        if not chosen:
            raise DataError(
                f'{self.data_root} has folders of {some(sorted(named))} and none of '
                f'{self.variant}; choose another variant or data_root'
            )
        loose = [name for name, sight in chosen.items() if sight.label and not sight.serial]
        if wanted == 'eoc2' and self.split == 'test' and loose:
            raise DataError(
                f'{self.data_root}: a folder of EOC2 has the vehicles of EOC-2C and of EOC-2V, and '
                f'{len(loose)} images do not say which one they show: {some(loose)}; put folders '
                'of serial numbers below the classes, or name it MSTAR_EOC2C or MSTAR_EOC2V'
            )
        return chosen

    def _require_depressions(self, seen: Mapping[str, Sight]) -> None:
        """Refuse to guess: parts called TEST hold other angles in each protocol."""
        bare_parts = [
            name
            for name, sight in seen.items()
            if sight.depression is None and not sight.split and sight.label
        ]
        if bare_parts:
            raise DataError(
                f'{self.data_root}: {len(bare_parts)} images lie neither in TRAIN or TEST nor in '
                f'17_DEG, 15_DEG or 30_DEG: {some(bare_parts)}; move them, or leave them out with '
                'exclude'
            )
        guessed = any(s.depression is None and not s.variant for s in seen.values())
        if guessed and self.variant != 'SOC' and self.split == 'test':
            raise DataError(
                f'{self.data_root} does not say which angles its test part has, so its chips may '
                f'not be those of {self.variant}: name its folder '
                f'MSTAR_{bare(self.variant).upper()}, or put folders 15_DEG, 17_DEG, 30_DEG '
                'above the classes'
            )


def _known(sight: Sight) -> dict[str, Any]:
    fields = {'serial': sight.serial, 'depression': sight.depression}
    return {key: value for key, value in fields.items() if value}


def _is_phoenix(name: str) -> bool:
    # Of other suffixes, Phoenix files alone are found.
    return Path(name).suffix.lower() not in RASTER_SUFFIXES - {'.phx'}


def _require_no_copies(root: Path, names: Iterable[str]) -> None:
    """Refuse a chip that is there twice: it would count twice, and be drawn as two."""
    same: dict[tuple[str, bytes], list[str]] = {}
    counts = Counter(Path(name).name for name in names)
    for name in names:
        if counts[Path(name).name] > 1:
            content = hashlib.sha256((root / name).read_bytes()).digest()
            same.setdefault((Path(name).name, content), []).append(name)
    copies = [' = '.join(found) for found in same.values() if len(found) > 1]
    if copies:
        raise DataError(
            f'{root}: {len(copies)} chips are there more than once: {some(copies)}; leave copies '
            'out with exclude'
        )
