"""Detection data sets annotated in COCO's JSON format."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from mmsar.datasets.detection.base import Box, DetectionDataset
from mmsar.errors import DataError
from mmsar.registry import DATASETS

_REQUIRED = {
    'images': ('id', 'file_name', 'height', 'width'),
    'annotations': ('bbox', 'category_id', 'image_id'),
    'categories': ('id', 'name'),
}
# Fields that COCO does not ask for and that reach the pipeline where they are there
_OBJECT_FIELDS = ('area', 'scene_object', 'scene_bbox', 'scene_ignored')
_IMAGE_FIELDS = ('subset', 'pixel_spacing')
# Of the scene of a tile; the name in the file and that of the pipeline
_SCENE_FIELDS = {
    'subset': 'subset',
    'pixel_spacing': 'pixel_spacing',
    'percentiles': 'img_percentiles',
}


@DATASETS.register_module()
class CocoDetection(DetectionDataset):
    """Boxes from a COCO JSON file.

    Dataset features:

    * images of any size, objects as axis-aligned boxes (x, y, width, height in pixels);
    * ``iscrowd`` objects become ignored regions.

    Dataset format:

    * images: any that the pipeline's loader reads
    * annotations: one JSON file with ``images``, ``annotations``, ``categories``; of an image also
      ``subset`` ('inshore', say) and ``pixel_spacing`` (between rows and columns, in metres), of a
      tile what :func:`mmsar.datasets.detection.slicing.slice_scenes` wrote

    If you use the format in your research, please cite:

    * https://arxiv.org/abs/1405.0312 (Lin et al., Microsoft COCO, 2014)

    Args:
        *args: See :class:`mmsar.datasets.detection.base.DetectionDataset`.
        **kwargs: Likewise.
    """

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the JSON file."""
        content = self._parse()
        categories = sorted(content['categories'], key=lambda c: (str(type(c['id'])), c['id']))
        names = {category['id']: str(category['name']) for category in categories}
        boxes: dict[Any, list[Box]] = {image['id']: [] for image in content['images']}
        for number, annotation in enumerate(content['annotations']):
            where = f'annotations[{number}]'
            self._require_listed(annotation, 'category_id', names, where)
            self._require_listed(annotation, 'image_id', boxes, where)
            try:
                x, y, width, height = map(float, annotation['bbox'])
            except (TypeError, ValueError) as error:
                raise self._error(
                    where, f'bbox {annotation["bbox"]!r} is not [x, y, width, height] in pixels'
                ) from error
            crowd = bool(annotation.get('iscrowd', 0) or annotation.get('ignore', 0))
            corners = (x, y, x + width, y + height)
            extra = {key: annotation[key] for key in _OBJECT_FIELDS if key in annotation}
            boxes[annotation['image_id']].append(
                Box(corners, names[annotation['category_id']], crowd, extra)
            )
        folder = Path(self.data_prefix['img'])
        images = [
            {
                'img_path': str(folder / image['file_name']),
                'img_id': image['id'],
                'height': image['height'],
                'width': image['width'],
                'boxes': boxes[image['id']],
                **{key: image[key] for key in _IMAGE_FIELDS if key in image},
                **self._scene(image, content.get('scenes') or {}, f'images[{number}]'),
            }
            for number, image in enumerate(content['images'])
        ]
        return images, list(names.values())

    def _parse(self) -> dict[str, Any]:
        """Read the file and check its structure."""
        try:
            # utf-8-sig: some editors put a byte order mark at the beginning.
            content = json.loads(Path(self.ann_file).read_text(encoding='utf-8-sig'))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise DataError(
                f'annotation file {self.ann_file} is not valid JSON, or is truncated: {error}'
            ) from error
        for key, fields in _REQUIRED.items():
            entries = content.get(key) if isinstance(content, dict) else None
            if not isinstance(entries, list):
                raise DataError(f"{self.ann_file} is not a COCO file: it has no list '{key}'")
            for number, entry in enumerate(entries):
                if not isinstance(entry, dict):
                    raise self._error(f'{key}[{number}]', f'{entry!r} is not an object')
                absent = [field for field in fields if field not in entry]
                if absent:
                    raise self._error(f'{key}[{number}]', f'it has no {absent[0]!r}')
        for number, image in enumerate(content['images']):
            where = f'images[{number}]'
            if not isinstance(image['file_name'], str):
                raise self._error(where, f'file_name {image["file_name"]!r} is not text')
            for side in ('height', 'width'):
                if not isinstance(image[side], int | float) or not image[side] > 0:
                    raise self._error(where, f'{side} {image[side]!r} is not a number of pixels')
        for key, field in (('images', 'id'), ('categories', 'id'), ('categories', 'name')):
            values = [entry[field] for entry in content[key]]
            if not all(isinstance(value, int | str) for value in values):
                raise self._error(key, f'each {field} must be a number or text')
            for value, count in Counter(values).most_common(1):
                if count > 1:
                    raise self._error(key, f'{count} entries have the {field} {value!r}')
        return content

    def _scene(self, image: dict[str, Any], scenes: dict[str, Any], where: str) -> dict[str, Any]:
        """Return what a tile inherits from the scene it was cut from."""
        if 'scene' not in image:
            return {}
        scene = scenes.get(image['scene'])
        if not isinstance(scene, dict) or not {'height', 'width'} <= scene.keys():
            raise self._error(
                where, f"scene {image['scene']!r} is not listed in 'scenes' with height and width"
            )
        if len(image.get('window', ())) != 4:
            raise self._error(where, 'it has a scene but no window (row, column, height, width)')
        return {
            'scene': image['scene'],
            'window': tuple(image['window']),
            'scene_shape': (scene['height'], scene['width']),
            **{name: scene[key] for key, name in _SCENE_FIELDS.items() if key in scene},
        }

    def _require_listed(
        self, annotation: dict[str, Any], field: str, known: dict[Any, Any], where: str
    ) -> None:
        value = annotation[field]
        if isinstance(value, int | str) and value in known:
            return
        twin = [key for key in known if str(key) == str(value)]
        kinds = (
            f' (it is {type(value).__name__} here and {type(twin[0]).__name__} in the list)'
            if twin
            else ''
        )
        raise self._error(where, f'{field} {value!r} is not listed{kinds}')

    def _error(self, where: str, problem: str) -> DataError:
        return DataError(f'{self.ann_file}: {where}: {problem}')
