"""Writing annotations in COCO's JSON format."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.io import replacing


def write_coco(
    path: Path,
    images: Sequence[dict[str, Any]],
    annotations: Sequence[dict[str, Any]],
    names: Sequence[str],
    **top_level: Any,
) -> None:
    """Write a COCO file, whole or not at all.

    Args:
        path: The file.
        images: Entries of 'images'.
        annotations: Entries of 'annotations'. Ids start from 1: pycocotools takes 0 for 'no
            match'. ``category_id`` is the place of the class in ``names``, from 1.
        names: Of the classes.
        **top_level: Further fields of the file.
    """
    content = {
        'images': list(images),
        'annotations': list(annotations),
        'categories': [{'id': number, 'name': name} for number, name in enumerate(names, 1)],
        **top_level,
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content))
