"""What both AIR-SARShip sets share: pairs of an image and its annotation, in varying folders."""

import re
from abc import abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

from mmsar.datasets.checks import some
from mmsar.datasets.detection.base import Box
from mmsar.datasets.detection.published import PublishedDetection
from mmsar.datasets.detection.xml_boxes import read_xml, xml_files
from mmsar.datasets.folders import Marks, unnest
from mmsar.datasets.raster_files import image_size, raster_files
from mmsar.errors import DataError


class Pair(NamedTuple):
    """The files of one scene."""

    image: Path
    annotation: Path


def pair_layouts(name: str) -> dict[str, Marks]:
    """Return the folders that copies of a data set have: those of its images and annotations."""
    return {
        'apart': (f'{name}-data', f'{name}-xml'),
        'voc': ('JPEGImages', 'Annotations'),
        'together': (('*.tif', '*.tiff', '*.png', '*.jpg'), '*.xml'),
    }


class ScenePairs(PublishedDetection):
    """Base of data sets with one annotation file a scene, and no lists of splits.

    Images and annotations are in a folder each, which may be nested twice, or in one.
    """

    splits = ('train', 'test')

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations of the scenes in the split."""
        pairs = self._pair(*self.files())
        self.compare_count(len(pairs), 'all')
        chosen = self.choose(list(pairs))
        images = [
            self._read_pair(number, pairs[key])
            for number, key in enumerate(sorted(pairs, key=_in_order))
            if key in chosen
        ]
        return images, sorted({box.name for image in images for box in image['boxes']})

    @abstractmethod
    def choose(self, keys: list[str]) -> set[str]:
        """Return the scenes that belong to the split."""

    def key(self, path: Path) -> str | None:
        """Return the number of the scene, at the end of the name."""
        number = re.search(r'\d+$', path.stem)
        return str(int(number[0])) if number else None

    def files(self) -> tuple[list[Path], list[Path]]:
        """Return the image files and the annotation files."""
        layout, root = self.place
        images = annotations = root
        if layout != 'together':
            images, annotations = (unnest(root / str(name)) for name in self.layouts[layout])
        self.ann_file = str(annotations)
        return raster_files(images), xml_files(annotations)

    def read_scene(self, path: Path) -> tuple[tuple[int, int] | None, list[Box]]:
        """Return the size of the image (width, height), if the annotation has it, and the boxes."""
        scene = read_xml(path)
        return scene.size, scene.boxes

    def _pair(self, images: list[Path], annotations: list[Path]) -> dict[str, Pair]:
        """Find the two files of each scene."""
        files, boxes = self._index(images), self._index(annotations)
        alone = [files[key].name for key in files if key not in boxes]
        if alone:
            raise DataError(
                f'{len(alone)} of {len(files)} images of {self.name} have no annotation in '
                f'{self.ann_file}: {some(alone)}. Add the annotations, or remove the images'
            )
        alone = [boxes[key].name for key in boxes if key not in files]
        if alone:
            raise DataError(
                f'{len(alone)} of {len(boxes)} annotations in {self.ann_file} have no image: '
                f'{some(alone)}. Add the images, or remove the annotations'
            )
        return {key: Pair(files[key], boxes[key]) for key in files}

    def _index(self, paths: list[Path]) -> dict[str, Path]:
        result: dict[str, Path] = {}
        for path in paths:
            key = self.key(path)
            if key is None:
                continue
            if key in result:
                raise DataError(
                    f'{self.name} has two files of scene {key}: {result[key]} and {path}. Keep one'
                )
            result[key] = path
        return result

    def _read_pair(self, number: int, pair: Pair) -> dict[str, Any]:
        size, boxes = self.read_scene(pair.annotation)
        width, height = size or image_size(pair.image)
        return {
            'img_path': str(pair.image),
            'img_id': number,
            'width': width,
            'height': height,
            'boxes': boxes,
        }


def _in_order(key: str) -> tuple[int, str]:
    """Sort 2 before 10."""
    return int(key) if key.isdecimal() else -1, key
