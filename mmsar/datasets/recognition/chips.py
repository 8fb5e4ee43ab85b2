"""Chips in any tree of folders, with classes or without."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from mmsar.datasets.checks import some
from mmsar.datasets.classes import number_classes
from mmsar.datasets.recognition.chip_files import CHECKS, find_chips, without_broken
from mmsar.datasets.recognition.manifest import read_manifest
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class SARChips(BaseDataset):
    """Images for pre-training or classification.

    Dataset features:

    * images of any size, type (8 and 16 bits, float, complex) and number of bands; what the values
      mean is the business of :class:`mmsar.LoadSARImage` and :class:`mmsar.StretchSAR` in the
      pipeline;
    * no classes, or one a chip.

    Dataset format:

    * a folder, or several, with image files at any depth; the class is the name of a folder above
      the file;
    * or a csv with a column ``path`` and, for classes, ``label``, as
      ``tools/dataset_converters/build_pretrain_manifest.py`` writes it.

    A sample before the pipeline has ``img_path`` and, with classes, ``gt_label``, as mmpretrain
    expects. The chips are in the order of their paths, or of the csv.

    Args:
        data_root: Folder of the data set.
        folders: Read these, relative to ``data_root``, in place of all that is in it.
        ann_file: The csv, relative to ``data_root``; its paths are relative to its own folder.
        labelled: Read classes. Default: there are none.
        class_level: Which folder names the class: 0 is the first below ``data_root`` (or below each
            of ``folders``), -1 the one that the file lies in.
        sets: Of a csv with a column ``set``, the data sets to read. Default: all.
        exclude: Leave out files whose path below the folder, with slashes, matches one of these
            shell patterns (``['test/*']``; ``*`` matches slashes too). Each must match one.
        corrupt: ``refuse`` or ``skip`` files that cannot be read. All are named in one message.
        check: How they are found: ``pixels`` reads every file, ``header`` the beginning of each,
            ``names`` sees that they are there and not empty. Default: ``pixels`` for folders,
            ``names`` for a csv, which the converter wrote of files that it had read.
        name: Variable of NPZ and MAT files, as for :class:`mmsar.LoadSARImage`.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`. ``metainfo=dict(classes=(...))`` orders
            the classes; by default they are those that were found, sorted.

    Raises:
        ConfigError: An option is wrong.
        DataError: There are no images, one cannot be read, or a class is missing or unknown.
    """

    def __init__(
        self,
        data_root: str = '',
        folders: Sequence[str] = ('',),
        ann_file: str = '',
        labelled: bool = False,
        class_level: int = 0,
        sets: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        corrupt: str = 'refuse',
        check: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if corrupt not in ('refuse', 'skip'):
            raise ConfigError(f'SARChips: corrupt={corrupt!r}; choose refuse or skip')
        if check not in (None, *CHECKS):
            raise ConfigError(f'SARChips: check={check!r}; choose one of {", ".join(CHECKS)}')
        for option, value in (('folders', folders), ('sets', sets), ('exclude', exclude)):
            if isinstance(value, str):
                raise ConfigError(f'SARChips: {option}={value!r}; give a list')
        if sets is not None and not ann_file:
            raise ConfigError('SARChips: sets= chooses from a csv; name it as ann_file')
        self.folders = tuple(folders)
        self.labelled = labelled
        self.class_level = class_level
        self.sets = sets
        self.exclude = tuple(exclude)
        self._matched: set[str] = set()  # of these, those that some file matches
        self.corrupt = corrupt
        self.check = check or ('names' if ann_file else 'pixels')
        self.name = name
        super().__init__(ann_file=ann_file, data_root=str(data_root), **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Find and check the chips (called by mmengine)."""
        found = self._listed() if self.ann_file else self._in_folders()
        unused = [pattern for pattern in self.exclude if pattern not in self._matched]
        if unused:
            raise DataError(
                f'{self._source}: exclude={unused} matches no image; patterns are of paths below '
                'the folder (below each of folders), case and all'
            )
        if not found:
            raise DataError(f'{self._source}: every image matches exclude={list(self.exclude)}')
        kept = without_broken(
            [path for path, _ in found],
            self._source,
            self.check,
            skip=self.corrupt == 'skip',
            name=self.name,
        )
        found = [found[number] for number in kept]
        if not self.labelled:
            return [{'img_path': path} for path, _ in found]
        numbers = self._number_classes(found)
        return [{'img_path': path, 'gt_label': numbers[label]} for path, label in found]

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the label of one chip (used by class-balancing wrappers)."""
        return [self.get_data_info(idx)['gt_label']]

    def _listed(self) -> list[tuple[str, str]]:
        """Return path and class of the chips of the csv."""
        path = Path(self.ann_file)
        if not path.is_file():
            raise DataError(f'ann_file {path} does not exist; check it and data_root')
        return [
            (str(path.parent / chip.path), chip.label)
            for chip in read_manifest(path, self.sets)
            if self._wanted(chip.path)
        ]

    def _in_folders(self) -> list[tuple[str, str]]:
        """Return path and class of the chips in the folders."""
        found = []
        for name in self.folders:
            folder = Path(self.data_root) / name
            if not self.data_root or not folder.is_dir():
                raise DataError(
                    f'{str(folder)!r} is not a folder; set data_root (and folders) in the config '
                    'or with --cfg-options data_root=PATH'
                )
            chips = find_chips(folder)
            if not chips:
                raise DataError(f'{folder} has no images, nor has a folder in it')
            found += [
                (str(folder / chip), self._class_of(chip)) for chip in chips if self._wanted(chip)
            ]
        paths = [path for path, _ in found]
        if len(set(paths)) < len(paths):
            raise DataError(f'folders={list(self.folders)} contain one another: name each once')
        return found

    def _wanted(self, path: str) -> bool:
        matching = [pattern for pattern in self.exclude if fnmatchcase(path, pattern)]
        self._matched.update(matching)
        return not matching

    def _class_of(self, path: str) -> str:
        above = path.split('/')[:-1]
        inside = -len(above) <= self.class_level < len(above)
        return above[self.class_level] if inside else ''

    def _number_classes(self, found: Sequence[tuple[str, str]]) -> dict[str, int]:
        without = [path for path, label in found if not label]
        if without:
            fix = 'fill its column label' if self.ann_file else 'move them, or set class_level'
            raise DataError(
                f'{self._source}: {len(without)} of {len(found)} chips have no class: '
                f'{some(without)}; {fix}'
            )
        labels = (label for _, label in found)
        numbers = number_classes(labels, self._metainfo.get('classes'), self._source)
        self._metainfo['classes'] = tuple(numbers)
        return numbers

    @property
    def _source(self) -> str:
        """Name the folder or the csv in messages."""
        return str(self.ann_file or self.data_root)
