"""What the readers of published data sets share: found by their folders, split by name."""

import os
import re
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import some
from mmsar.datasets.detection.base import DetectionDataset
from mmsar.datasets.detection.coco import CocoDetection
from mmsar.datasets.detection.voc import VOCDetection
from mmsar.datasets.folders import Marks, Place, Unfound, find_layout
from mmsar.errors import ConfigError, DataError

# In the names of folders, without case and punctuation. Data sets may lie side by side, and the
# folders within them may have the same names.
_NAMES = ('ssdd', 'hrsid', 'airsarship1', 'airsarship2', 'sardet', 'saraircraft')


class PublishedDetection(DetectionDataset):
    """Base of the readers of published data sets.

    A reader knows the folders of its data set, its splits and its classes. It says where it looked
    if it finds none, and warns of an incomplete copy.

    A data set of one class gives every object this class, whatever its name in the annotations.

    Args:
        data_root: Folder of the data set, a parent of it, or a folder around it.
        split: One of :attr:`splits`.
        **kwargs: See :class:`mmsar.datasets.detection.base.DetectionDataset`; not ``ann_file`` and
            ``data_prefix``, which the reader knows.

    Attributes:
        name: Of the data set.
        page: Of the documentation.
        tree: The expected files, one line each, for messages.
        layouts: See :func:`mmsar.datasets.folders.find_layout`.
        skip: Names of folders with something else in them.
        splits: Names of the parts.
        num_images: Published number of images of a split, or of ``all``.
        place: Where the data set was found.

    Raises:
        ConfigError: There is no such split or option.
        DataError: The data set is not there, or something is wrong with it.
    """

    name: str
    page: str
    tree: tuple[str, ...]
    layouts: Mapping[str, Marks]
    skip: tuple[str, ...] = ()
    splits: tuple[str, ...]
    num_images: Mapping[str, int]
    place: Place

    def __init__(self, data_root: str, split: str = 'train', **kwargs: Any) -> None:
        if split not in self.splits:
            raise ConfigError(f'split={split!r}: {self.name} has {", ".join(self.splits)}')
        for key in ('ann_file', 'data_prefix'):
            if kwargs.get(key):
                raise ConfigError(
                    f'{type(self).__name__} knows its files: leave out {key} (if a base config '
                    'sets it, add _delete_=True), or read them with mmsar.CocoDetection or '
                    'mmsar.VOCDetection'
                )
        if len(self.METAINFO['classes']) == 1:
            kwargs.setdefault('single_class', self.METAINFO['classes'][0])
        self.split = split
        super().__init__(data_root=str(data_root), **kwargs)

    @abstractmethod
    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations of the split from :attr:`place`."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read, check and convert the annotations (called by mmengine)."""
        images = super().load_data_list()
        empty = [path for image in images if not os.path.getsize(path := image['img_path'])]
        if empty:
            raise DataError(
                f'{len(empty)} of {len(images)} images of {self.name} are empty (0 bytes): '
                f'{some(empty)}. Copy or download them again'
            )
        return images

    def read_with(self, reader: DetectionDataset) -> tuple[list[dict[str, Any]], list[str]]:
        """Read with the reader of a format; messages then name its files."""
        self.ann_file, self.data_prefix = reader.ann_file, reader.data_prefix
        reader._require_folder()
        return reader.read()

    def coco_reader(self, ann_file: Path, images: Path) -> CocoDetection:
        """Return the reader of a COCO file that is there."""
        self._require_file(ann_file)
        return CocoDetection(
            ann_file=str(ann_file), data_prefix={'img': str(images)}, lazy_init=True
        )

    def voc_reader(
        self, annotations: Path, images: Path, names: Path | None = None
    ) -> VOCDetection:
        """Return the reader of the XML files in a folder, or of those named in a list.

        Coordinates are taken as edges counted from 0: what labelling tools write is not PASCAL's
        count of pixels from 1, and the width they mean is xmax - xmin.
        """
        if names is not None:
            self._require_file(names)
        return VOCDetection(
            ann_file=str(names or ''),
            data_prefix={'img': str(images), 'ann': str(annotations)},
            one_based=False,
            lazy_init=True,
        )

    def compare_count(self, count: int, part: str) -> None:
        """Warn of a copy that has fewer or more images than were published.

        Args:
            count: Of the images that are there.
            part: The split they are of, or ``all``.
        """
        published = self.num_images.get(part, count)
        if count != published:
            kind = 'an incomplete copy' if count < published else 'not the published data set'
            warnings.warn(
                f'{self.name} in {self.place.folder}: {count} of {published} images: {kind}. '
                'Results cannot be compared with published ones',
                stacklevel=2,
            )

    def _require_file(self, path: Path) -> None:
        """Check that a file which defines a split is there."""
        if not path.is_file():
            raise DataError(
                f'{path} is missing: this copy of {self.name} has no split {path.stem!r}; '
                f'{self.page} says how to get it'
            )

    def _require_folder(self) -> None:
        """Find the data set."""
        root = Path(self.data_root)
        if not self.data_root or not root.is_dir():
            raise DataError(
                f'data_root {self.data_root!r} is not a folder; set it in the config or with '
                f'--cfg-options data_root=PATH. {self.page} says how to get {self.name}'
            )
        hint = Unfound(self.name, self.tree, self.page)
        self.place = find_layout(root, self.layouts, hint, self._holds_other)

    def _holds_other(self, folder: str) -> bool:
        """Tell by its name that a folder holds another data set."""
        bare, own = (re.sub(r'[\W_]+', '', text).lower() for text in (folder, self.name))
        named = [name for name in _NAMES if name in bare]
        return folder in self.skip or (bool(named) and not any(name in own for name in named))
