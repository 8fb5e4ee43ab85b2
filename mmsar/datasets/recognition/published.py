"""What the readers of published sets of chips share: samples with a class, counts compared."""

import warnings
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import some
from mmsar.datasets.recognition.chip_files import find_chips, without_broken
from mmsar.datasets.recognition.chips import SARChips
from mmsar.errors import ConfigError, DataError


class PublishedChips(SARChips):
    """Base of the readers of published sets of chips with classes.

    A sample before the pipeline has ``img_path``, ``gt_label`` and ``data_set``, the set that it is
    from; more where the reader knows more.

    Args:
        data_root: Folder of the data set.
        split: One of :attr:`splits`.
        complete: Refuse a copy whose counts are not the published ones. Default: warn.
        aliases: Class by its name in this copy, where the reader does not know it.
        **kwargs: See :class:`mmsar.SARChips`; not ``folders``, ``class_level``, ``labelled`` and
            ``ann_file``. ``check`` is ``header`` by default.

    Attributes:
        title: Of the data set, for messages.
        key: Of the data set, in samples and manifests.
        page: Of the documentation.
        splits: Names of the parts.

    Raises:
        ConfigError: There is no such split or option.
        DataError: The data set is not there, or something is wrong with it.
    """

    title: str
    key: str
    page: str
    splits: tuple[str, ...] = ('train', 'test')

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        complete: bool = False,
        aliases: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        if split not in self.splits:
            raise ConfigError(f'split={split!r}: {self.title} has {", ".join(self.splits)}')
        for option in ('folders', 'class_level', 'labelled', 'ann_file'):
            if kwargs.get(option):
                raise ConfigError(
                    f'{type(self).__name__} knows its files: leave out {option}, or read them '
                    'with mmsar.SARChips'
                )
        self.split = split
        self.complete = complete
        self.aliases = dict(aliases or {})
        kwargs.setdefault('check', 'header')
        super().__init__(data_root=str(data_root), labelled=True, **kwargs)

    @abstractmethod
    def read(self) -> list[dict[str, Any]]:
        """Return the samples of the split: ``img_path``, ``label``, the class, and more."""

    def published(self) -> Mapping[str, int]:
        """Return the published number of chips of each class; empty if unknown."""
        return {}

    def load_data_list(self) -> list[dict[str, Any]]:
        """Find and check the chips (called by mmengine)."""
        samples = self.read()
        if not samples:
            raise DataError(
                f'{self._source} has no chips of {self.title}, split {self.split!r}; {self.page} '
                'says which files are read'
            )
        paths = [sample['img_path'] for sample in samples]
        skip = self.corrupt == 'skip'
        kept = without_broken(paths, self._source, self.check, skip=skip, name=self.name)
        samples = [samples[number] for number in kept]
        self._compare_counts([sample['label'] for sample in samples])
        numbers = self._number_classes([(s['img_path'], s['label']) for s in samples])
        for sample in samples:
            sample['gt_label'] = numbers[sample.pop('label')]
            sample.setdefault('data_set', self.key)
        return samples

    def find_files(self) -> list[str]:
        """Return the images below ``data_root``, relative to it, without those left out.

        Raises:
            DataError: It is not a folder, or has none.
        """
        root = Path(self.data_root)
        if not self.data_root or not root.is_dir():
            raise DataError(
                f'data_root {self.data_root!r} is not a folder; set it in the config or with '
                f'--cfg-options data_root=PATH. {self.page} says how to get {self.title}'
            )
        files = [name for name in find_chips(root) if self._wanted(name)]
        if not files:
            raise DataError(f'{root} has no images; {self.page} says how to get {self.title}')
        return files

    def _compare_counts(self, labels: Sequence[str]) -> None:
        published, found = self.published(), Counter(labels)
        wrong = [
            f'{name} {found[name]} of {count}'
            for name, count in published.items()
            if found[name] != count
        ]
        if not wrong:
            return
        message = (
            f'{self.title} in {self._source}, {self.split}: {len(labels)} of '
            f'{sum(published.values())} published chips ({some(wrong)}). Results cannot be '
            'compared with published ones'
        )
        if self.complete:
            raise DataError(f'{message}. Complete the copy, or set complete=False')
        warnings.warn(message, stacklevel=2)
