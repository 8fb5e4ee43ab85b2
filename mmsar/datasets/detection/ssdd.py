"""SSDD, the SAR Ship Detection Dataset."""

from pathlib import Path
from typing import Any

from mmsar.datasets.detection.base import DetectionDataset
from mmsar.datasets.detection.coco import CocoDetection
from mmsar.datasets.detection.published import PublishedDetection
from mmsar.datasets.detection.voc import VOCDetection
from mmsar.datasets.folders import Marks, first_folder
from mmsar.datasets.splits import mark_subsets, stems
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS

_LAYOUTS: dict[str, Marks] = {
    'coco': (('annotations/train*.json', 'annotations/test*.json'), 'images'),
    'voc': (('Annotations', 'Annotations_t*'), ('JPEGImages', 'JPEGImages_t*')),
}


@DATASETS.register_module()
class SSDD(PublishedDetection):
    """SSDD: ships in 1,160 SAR images (official release of 2021).

    Dataset features:

    * 8-bit images with sides of 214 to 668 pixels, inshore and offshore, several satellites;
    * 2,587 ships with axis-aligned boxes (``BBox_SSDD`` of the release).

    Dataset format:

    * images: JPEG
    * annotations: COCO (``coco_style``) or PASCAL VOC (``voc_style``). Coordinates of the XML files
      are taken as edges counted from 0, which is what the tools behind such files write: the width
      is xmax - xmin. Category ids of the COCO files do not matter (the release has 0).

    Dataset classes: ship

    The official split: 928 images to train, 232 to test; there is none to validate. The images of
    ``test`` have the field ``subset``, 'inshore' or 'offshore', if the lists of these splits are
    there.

    The repository of the release is under Apache-2.0. If you use the data set, please cite:

    * https://doi.org/10.3390/rs13183690 (Zhang et al., SAR Ship Detection Dataset (SSDD): Official
      Release and Comprehensive Data Analysis, Remote Sensing, 2021)

    Args:
        data_root: Folder with the data set (``Official-SSDD-OPEN``, say).
        split: ``train``, ``test``, ``test_inshore`` or ``test_offshore``.
        style: ``coco`` or ``voc``. Default: what is there, COCO first.
        **kwargs: See :class:`mmsar.datasets.detection.published.PublishedDetection`.
    """

    METAINFO = {'classes': ('ship',)}
    name = 'SSDD'
    page = 'docs/datasets/ssdd.md'
    tree = (
        'BBox_SSDD/coco_style/annotations/{train,test,test_inshore,test_offshore}.json',
        'BBox_SSDD/coco_style/images/{train,test}/*.jpg',
        'or BBox_SSDD/voc_style/{Annotations,JPEGImages,ImageSets/Main}/',
    )
    layouts = _LAYOUTS
    skip = ('RBox_SSDD', 'PSeg_SSDD')  # the same images with other annotations
    splits = ('train', 'test', 'test_inshore', 'test_offshore')
    num_images = {'train': 928, 'test': 232}

    def __init__(
        self, data_root: str, split: str = 'train', style: str | None = None, **kwargs: Any
    ) -> None:
        if style is not None:
            if style not in _LAYOUTS:
                raise ConfigError(f'style={style!r}: SSDD has {", ".join(_LAYOUTS)}')
            self.layouts = {style: _LAYOUTS[style]}
        super().__init__(data_root, split, **kwargs)

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations."""
        images, names = self.read_with(self._reader(self.split))
        self.compare_count(len(images), self.split)
        if self.split == 'test':
            self._mark_subsets(images)
        elif self.split != 'train':
            for image in images:
                image['subset'] = self.split.removeprefix('test_')
        return images, names

    def _mark_subsets(self, images: list[dict[str, Any]]) -> None:
        try:
            readers = {name: self._reader(f'test_{name}') for name in ('inshore', 'offshore')}
        except DataError:
            return  # a copy without these lists
        mark_subsets(images, {n: stems(reader.read()[0]) for n, reader in readers.items()}, 'SSDD')

    def _reader(self, split: str) -> DetectionDataset:
        """Return the reader of a split, whose files are there."""
        style, folder = self.place
        return self._coco(folder, split) if style == 'coco' else self._voc(folder, split)

    def _coco(self, folder: Path, split: str) -> CocoDetection:
        images = folder / 'images'
        return self.coco_reader(
            folder / 'annotations' / f'{split}.json',
            first_folder(images / split, images / split.split('_')[0], images),
        )

    def _voc(self, folder: Path, split: str) -> VOCDetection:
        """Return the reader of one list, or else of the folders that hold this split alone."""
        names = folder / 'ImageSets' / 'Main' / f'{split}.txt'
        own = [f'_{split}', f'_{split.split("_")[0]}']
        if not names.is_file() and (folder / f'Annotations_{split}').is_dir():
            return self.voc_reader(
                folder / f'Annotations_{split}',
                first_folder(*(folder / f'JPEGImages{suffix}' for suffix in [*own, ''])),
            )
        return self.voc_reader(
            first_folder(*(folder / f'Annotations{suffix}' for suffix in ['', *own])),
            first_folder(*(folder / f'JPEGImages{suffix}' for suffix in ['', *own])),
            names,
        )
