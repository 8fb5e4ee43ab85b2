"""Writing COCO's JSON format."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from mmsar.io import replacing


def write_coco(
    path: str | os.PathLike[str],
    images: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    **top_level: Any,
) -> None:
    """Write a COCO file, whole or not at all.

    Args:
        path: The JSON file.
        images: Each with ``id``, ``file_name``, ``width`` and ``height`` in pixels; further fields
            are kept.
        annotations: Each with ``image_id``, ``bbox`` (x, y, width, height in pixels) and
            ``category_id``, the place of its class in ``names`` counted from 1; further fields are
            kept. Those it lacks are added: ``id`` (from 1: pycocotools takes 0 for 'no match'),
            ``area`` (of the box) and ``iscrowd`` (0).
        names: Classes.
        **top_level: Further entries of the file, such as ``info`` or ``scenes``.

    Raises:
        ValueError: A ``category_id`` is not in 1 to ``len(names)``.
    """
    wrong = [a['category_id'] for a in annotations if not 1 <= a['category_id'] <= len(names)]
    if wrong:
        raise ValueError(f'category_id {wrong[0]} is not in 1 to {len(names)}')
    content = {
        **top_level,
        'images': list(images),
        'annotations': [
            {'id': number, 'area': _area(annotation['bbox']), 'iscrowd': 0, **annotation}
            for number, annotation in enumerate(annotations, 1)
        ],
        'categories': [{'id': number, 'name': name} for number, name in enumerate(names, 1)],
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content), encoding='utf-8')


def _area(bbox: Sequence[float]) -> float:
    return bbox[2] * bbox[3]
