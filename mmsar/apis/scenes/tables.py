"""Detections as CSV and as COCO JSON."""

import csv
from pathlib import Path

from mmsar.apis.provenance import write_json
from mmsar.apis.scenes.detections import SceneDetections
from mmsar.io import replacing

COLUMNS = ('scene', 'id', 'class', 'score', 'x1', 'y1', 'x2', 'y2', 'lon', 'lat')
SIZES = ('length_m', 'width_m')


def write_csv(path: Path, found: SceneDetections) -> None:
    """Write one line a detection; what is not known is left empty."""
    with replacing(path) as temporary, temporary.open('w', newline='') as file:
        writer = csv.DictWriter(file, [*COLUMNS, *SIZES], restval='')
        writer.writeheader()
        for row in found.rows():
            known = {key: value for key, value in row.items() if value is not None}
            writer.writerow({'scene': Path(found.name).name, **known})


def write_coco(path: Path, found: SceneDetections) -> None:
    """Write COCO's format: the scene as the image, with a score for each annotation."""
    annotations = []
    for number, (row, box) in enumerate(zip(found.rows(), found.boxes.tolist(), strict=True)):
        width, height = round(box[2] - box[0], 2), round(box[3] - box[1], 2)
        annotations.append(
            {
                'id': number + 1,
                'image_id': 1,
                'category_id': int(found.labels[number]) + 1,
                'bbox': [box[0], box[1], width, height],
                'area': round(width * height, 2),
                'iscrowd': 0,
                'score': row['score'],
            }
        )
    image = {'id': 1, 'file_name': Path(found.name).name}
    image |= {'height': found.shape[0], 'width': found.shape[1]}
    names = [{'id': number, 'name': name} for number, name in enumerate(found.classes, 1)]
    write_json(path, {'images': [image], 'annotations': annotations, 'categories': names})
