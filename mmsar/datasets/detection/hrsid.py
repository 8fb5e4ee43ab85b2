"""HRSID, the High-Resolution SAR Images Dataset."""

from pathlib import Path
from typing import Any

from mmsar.datasets.detection.published import PublishedDetection
from mmsar.datasets.folders import first_folder
from mmsar.datasets.raster_files import image_size, raster_files
from mmsar.datasets.splits import mark_subsets, stems
from mmsar.errors import DataError
from mmsar.registry import DATASETS

_FOLDERS = ('JPEGImages', 'PNGImages', 'images')


@DATASETS.register_module()
class HRSID(PublishedDetection):
    """HRSID: ships in 5,604 high-resolution SAR images.

    Dataset features:

    * 8-bit images of 800 x 800 pixels, cut from large scenes with an overlap of 25 %;
    * 16,951 ships with polygons, of which the boxes and areas are used.

    Dataset format:

    * images: JPEG or PNG, as the copy has them
    * annotations: COCO, one JSON file a split; category ids do not matter

    Dataset classes: ship

    The official split: 3,642 images to train, 1,962 to test. The images of ``test`` have the field
    ``subset``, 'inshore' or 'offshore', if ``annotations/`` has a JSON file with each of these
    words in its name. The name of an image (``P0001_0_800_7200_8000``) is its scene and its window.

    The repository of the authors is under GPL-3.0. If you use the data set, please cite:

    * https://doi.org/10.1109/ACCESS.2020.3005861 (Wei et al., HRSID: A High-Resolution SAR Images
      Dataset for Ship Detection and Instance Segmentation, IEEE Access, 2020)

    Args:
        data_root: Folder with the data set (``HRSID_JPG``, say).
        split: ``train`` or ``test``.
        backgrounds: Folder with images without ships, relative to ``data_root``. They are added to
            the split, to count false alarms; ``filter_empty_gt=True`` drops them in training.
        **kwargs: See :class:`mmsar.datasets.detection.published.PublishedDetection`.
    """

    METAINFO = {'classes': ('ship',)}
    name = 'HRSID'
    page = 'docs/datasets/hrsid.md'
    tree = ('annotations/{train2017,test2017}.json', 'JPEGImages/*.jpg (or *.png)')
    layouts = {'coco': ('annotations/t*2017.json', _FOLDERS)}
    splits = ('train', 'test')
    num_images = {'train': 3642, 'test': 1962}

    def __init__(
        self, data_root: str, split: str = 'train', backgrounds: str | None = None, **kwargs: Any
    ) -> None:
        self.backgrounds = backgrounds
        super().__init__(data_root, split, **kwargs)

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations."""
        folder = self.place.folder
        files = first_folder(*(folder / name for name in _FOLDERS))
        annotations = folder / 'annotations'
        images, names = self.read_with(
            self.coco_reader(annotations / f'{self.split}2017.json', files)
        )
        self.compare_count(len(images), self.split)
        if self.split == 'test':
            subsets = {
                name: {
                    stem
                    for path in annotations.glob(f'*{name}*.json')
                    for stem in stems(self.coco_reader(path, files).read()[0])
                }
                for name in ('inshore', 'offshore')
            }
            if all(subsets.values()):
                mark_subsets(images, subsets, str(annotations))
        return images + self._read_backgrounds(images), names

    def _read_backgrounds(self, images: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.backgrounds is None:
            return []
        folder = Path(self.data_root, self.backgrounds)
        if not folder.is_dir():
            raise DataError(f'backgrounds: {folder} is not a folder')
        paths = raster_files(folder)
        if not paths:
            raise DataError(f'backgrounds: {folder} has no images')
        # Numbers that no image has: the metrics sort them.
        first = 1 + max((i['img_id'] for i in images if isinstance(i['img_id'], int)), default=0)
        return [
            {
                'img_path': str(path),
                'img_id': number,
                **dict(zip(('width', 'height'), image_size(path), strict=True)),
                'boxes': [],
            }
            for number, path in enumerate(paths, first)
        ]
