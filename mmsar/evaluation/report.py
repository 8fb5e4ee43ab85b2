"""Figures as tables for the log and as a JSON file."""

import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from mmsar.evaluation.detection.coco import RECALLS, CocoCurves
from mmsar.evaluation.detection.naming import Figures
from mmsar.evaluation.detection.records import ImageRecord
from mmsar.io import replacing

_HEADERS = {
    'bbox_mAP': 'AP',
    'bbox_mAP_50': 'AP50',
    'bbox_mAP_75': 'AP75',
    'bbox_mAP_s': 'APs',
    'bbox_mAP_m': 'APm',
    'bbox_mAP_l': 'APl',
    '_area': 'VOC {} area',
    '_11points': 'VOC {} 11-point',
    'Pd': 'Pd',
    'false_alarms_per_image': 'FA/image',
    'false_alarms_per_km2': 'FA/km2',
}


def format_table(corner: str, rows: Mapping[str, Figures]) -> str:
    """Return a table with a row for each set of figures; '-' where one is undefined.

    The first row has all columns.
    """
    columns = {key: header for key in next(iter(rows.values())) if (header := _header(key))}
    table = Table(corner, box=box.ASCII)
    for header in columns.values():
        table.add_column(header, justify='right')
    for name, figures in rows.items():
        cells = [figures.get(key, math.nan) for key in columns]
        table.add_row(name, *('-' if math.isnan(cell) else f'{cell:.4f}' for cell in cells))
    return as_text(table)


def as_text(table: Table) -> str:
    """Return a table as lines for a log."""
    text = io.StringIO()
    # Names as they are, without colours; wide enough that nothing is wrapped.
    console = Console(file=text, width=1000, markup=False, emoji=False, color_system=None)
    console.print(table, highlight=False)
    return text.getvalue().rstrip()


def count(images: Sequence[ImageRecord]) -> dict[str, int]:
    """Return the numbers of images, objects to be found, ignored objects and detections."""
    ignored = sum(int(image.truth.ignored.sum()) for image in images)
    return {
        'images': len(images),
        'objects': sum(len(image.truth.boxes) for image in images) - ignored,
        'ignored': ignored,
        'detections': sum(len(image.detections.boxes) for image in images),
    }


def curves_of_classes(classes: Sequence[str], curves: CocoCurves) -> dict[str, Any]:
    """Return precision and score at each recall, at the first IoU threshold, as lists."""
    precision, scores = (
        np.where(values[0, :, :, 0] < 0, np.nan, values[0, :, :, 0]).T.tolist()
        for values in (curves.precision, curves.scores)
    )
    return {
        'recall': RECALLS.tolist(),
        'by_class': {
            name: {'precision': precision[label], 'score': scores[label]}
            for label, name in enumerate(classes)
        },
    }


def write_json(path: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all; undefined figures become null."""
    text = json.dumps(_without_nan(content), indent=1, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text)


def _header(key: str) -> str | None:
    start, _, end = key.partition('_')
    return _HEADERS.get(key) or _HEADERS.get(f'_{end}', '').format(start) or None


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
