"""Detection data sets annotated in COCO's JSON format."""

import json
from pathlib import Path
from typing import Any

from mmsar.datasets.detection import Box, DetectionDataset
from mmsar.errors import DataError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class CocoDetection(DetectionDataset):
    """Boxes from a COCO JSON file.

    Dataset features:

    * images of any size, objects as axis-aligned boxes (x, y, width, height in pixels);
    * ``iscrowd`` objects become ignored regions.

    Dataset format:

    * images: any that the pipeline's loader reads
    * annotations: one JSON file with ``images``, ``annotations``, ``categories``

    If you use the format in your research, please cite:

    * https://arxiv.org/abs/1405.0312 (Lin et al., Microsoft COCO, 2014)

    Args:
        *args: See :class:`mmsar.datasets.detection.DetectionDataset`.
        **kwargs: Likewise.
    """

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the JSON file."""
        content = self._parse()
        names = {c['id']: c['name'] for c in sorted(content['categories'], key=lambda c: c['id'])}
        boxes: dict[Any, list[Box]] = {image['id']: [] for image in content['images']}
        for number, annotation in enumerate(content['annotations']):
            try:
                x, y, width, height = annotation['bbox']
                name = names[annotation['category_id']]
                of_image = boxes[annotation['image_id']]
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f'{self.ann_file}: annotations[{number}] (id {annotation.get("id")}) has no '
                    f'usable {_field(error, annotation)}'
                ) from error
            crowd = bool(annotation.get('iscrowd', 0) or annotation.get('ignore', 0))
            of_image.append(((x, y, x + width, y + height), name, crowd))
        folder = Path(self.data_prefix['img'])
        images = [
            {
                'img_path': str(folder / image['file_name']),
                'img_id': image['id'],
                'height': image['height'],
                'width': image['width'],
                'boxes': boxes[image['id']],
            }
            for image in content['images']
        ]
        return images, list(names.values())

    def _parse(self) -> dict[str, Any]:
        try:
            content = json.loads(Path(self.ann_file).read_text(encoding='utf-8'))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise DataError(
                f'annotation file {self.ann_file} is not valid JSON, or is truncated: {error}'
            ) from error
        required = {
            'images': ('id', 'file_name', 'height', 'width'),
            'annotations': ('id',),
            'categories': ('id', 'name'),
        }
        for key, fields in required.items():
            entries = content.get(key) if isinstance(content, dict) else None
            if not isinstance(entries, list):
                raise DataError(f"{self.ann_file} is not a COCO file: it has no list '{key}'")
            for number, entry in enumerate(entries):
                absent = [field for field in fields if field not in entry]
                if absent:
                    raise DataError(f'{self.ann_file}: {key}[{number}] has no {absent[0]!r}')
        return content


def _field(error: Exception, annotation: dict[str, Any]) -> str:
    """Name the field of an annotation that could not be used."""
    for field in ('bbox', 'category_id', 'image_id'):
        if field not in annotation:
            return field
    if isinstance(error, KeyError):
        # Both are ids that another list does not have; the one that failed is the error's key.
        missing = error.args[0]
        field = 'category_id' if annotation['category_id'] == missing else 'image_id'
        return f'{field} ({missing!r} is not listed)'
    return f'bbox ({annotation["bbox"]!r} is not [x, y, width, height])'
