"""SAR-AIRcraft-1.0, types of aircraft."""

from typing import Any

from mmsar.datasets.detection.class_names import unify_names
from mmsar.datasets.detection.published import PublishedDetection
from mmsar.registry import DATASETS


@DATASETS.register_module()
class SARAIRcraft(PublishedDetection):
    """SAR-AIRcraft-1.0: seven types of aircraft in 4,368 SAR images.

    Dataset features:

    * 8-bit images of airports, Gaofen-3, a pixel spacing of 1 m (field ``pixel_spacing``);
    * 16,463 aircraft with axis-aligned boxes.

    Dataset format:

    * images: JPEG
    * annotations: PASCAL VOC. Coordinates are taken as edges counted from 0, so that the width is
      xmax - xmin

    Dataset classes:

    0. A220
    1. A320/321 (also written A320)
    2. A330
    3. ARJ21
    4. Boeing737
    5. Boeing787
    6. other

    The split is that of the lists in ``ImageSets/Main``.

    If you use the data set, please cite:

    * https://doi.org/10.12000/JR23043 (Wang et al., SAR-AIRcraft-1.0: High-Resolution SAR Aircraft
      Detection and Recognition Dataset, Journal of Radars, 2023)

    Args:
        data_root: Folder with the data set.
        split: ``train``, ``val`` or ``test``.
        **kwargs: See :class:`mmsar.datasets.detection.published.PublishedDetection`.
    """

    METAINFO = {'classes': ('A220', 'A320/321', 'A330', 'ARJ21', 'Boeing737', 'Boeing787', 'other')}
    name = 'SAR-AIRcraft-1.0'
    page = 'docs/datasets/sar_aircraft.md'
    tree = ('JPEGImages/*.jpg', 'Annotations/*.xml', 'ImageSets/Main/{train,val,test}.txt')
    layouts = {'voc': ('JPEGImages', 'Annotations', 'ImageSets/Main/t*.txt')}
    splits = ('train', 'val', 'test')
    num_images = {'all': 4368}

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations."""
        folder = self.place.folder
        lists = folder / 'ImageSets' / 'Main'
        annotations, files = folder / 'Annotations', folder / 'JPEGImages'
        images, _ = self.read_with(self.voc_reader(annotations, files, lists / f'{self.split}.txt'))
        listed = {
            path.stem
            for split in self.splits
            if (lists / f'{split}.txt').is_file()
            for path in self.voc_reader(annotations, files, lists / f'{split}.txt').files()
        }
        self.compare_count(len(listed), 'all')
        classes = self.METAINFO['classes']
        unify_names(
            images, classes, str(annotations), {'A320': 'A320/321', 'A320/A321': 'A320/321'}
        )
        for image in images:
            image['pixel_spacing'] = (1.0, 1.0)
        return images, list(classes)
