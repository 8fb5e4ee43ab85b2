"""SARDet-100K, six classes of objects from ten data sets."""

from typing import Any

from mmsar.datasets.detection.class_names import unify_names
from mmsar.datasets.detection.published import PublishedDetection
from mmsar.datasets.folders import first_folder
from mmsar.registry import DATASETS


@DATASETS.register_module()
class SARDet100K(PublishedDetection):
    """SARDet-100K: six classes of objects in 116,598 SAR images, merged from public data sets.

    Dataset features:

    * 8-bit images, mostly crops of 512 x 512 pixels, of many satellites and resolutions;
    * 245,653 objects with axis-aligned boxes.

    It includes AIR-SARShip, HRSID and SSDD: a network trained on it has seen their test images.

    Dataset format:

    * images: in a folder for each split, or (older copies) all in one
    * annotations: COCO, one JSON file a split; category ids do not matter

    Dataset classes:

    0. ship
    1. aircraft
    2. car
    3. tank
    4. bridge
    5. harbor

    The official split: 94,493 images to train, 10,492 to validate, 11,613 to test.

    The repository of the authors is under CC BY-NC 4.0. If you use the data set, please cite:

    * https://arxiv.org/abs/2403.06534 (Li et al., SARDet-100K: Towards Open-Source Benchmark and
      ToolKit for Large-Scale SAR Object Detection, NeurIPS 2024)

    Args:
        data_root: Folder with the data set.
        split: ``train``, ``val`` or ``test``.
        **kwargs: See :class:`mmsar.datasets.detection.published.PublishedDetection`.
    """

    METAINFO = {'classes': ('ship', 'aircraft', 'car', 'tank', 'bridge', 'harbor')}
    name = 'SARDet-100K'
    page = 'docs/datasets/sardet_100k.md'
    tree = ('Annotations/{train,val,test}.json', 'JPEGImages/{train,val,test}/ or JPEGImages/')
    layouts = {
        'coco': (
            ('Annotations/train.json', 'Annotations/val.json', 'Annotations/test.json'),
            'JPEGImages',
        ),
    }
    splits = ('train', 'val', 'test')
    num_images = {'train': 94_493, 'val': 10_492, 'test': 11_613}

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations."""
        folder = self.place.folder
        files = folder / 'JPEGImages'
        images, _ = self.read_with(
            self.coco_reader(
                folder / 'Annotations' / f'{self.split}.json',
                first_folder(files / self.split, files),
            )
        )
        self.compare_count(len(images), self.split)
        classes = self.METAINFO['classes']
        unify_names(images, classes, self.ann_file)
        return images, list(classes)
