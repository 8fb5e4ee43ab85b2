"""XML annotations of one image: PASCAL VOC's, and those of the Gaofen challenge."""

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from mmsar.datasets.detection.base import Box
from mmsar.errors import DataError


class XmlScene(NamedTuple):
    """What an XML file says of its image.

    Attributes:
        filename: As the file calls the image; often an old name or a path. May be empty.
        size: Width and height in pixels; None where the file does not give them.
        boxes: The objects.
    """

    filename: str
    size: tuple[int, int] | None
    boxes: list[Box]


def xml_files(folder: Path) -> list[Path]:
    """Return the annotations in a folder by name, without what GDAL and macOS put beside them."""
    return sorted(
        path
        for path in folder.glob('*.xml')
        if not path.name.startswith('.') and not path.name.endswith('.aux.xml')
    )


def read_xml(path: Path, one_based: bool = False) -> XmlScene:
    """Read ``object/bndbox`` (VOC) or ``objects/object/points/point`` (Gaofen challenge).

    Points are edges counted from 0, several to an object; its box is from their minimum to their
    maximum.

    Args:
        path: The file.
        one_based: The first pixel of a row is number 1 and xmax of a ``bndbox`` is the last pixel
            inside it, as in PASCAL VOC. False: coordinates are edges, counted from 0.

    Raises:
        DataError: The file is truncated or lacks a field.
        FileNotFoundError: It does not exist.
    """
    try:
        root = ElementTree.parse(path).getroot()
        filename = root.findtext('filename') or root.findtext('source/filename') or ''
        boxes = [_read_object(item, one_based) for item in root.iter('object')]
        return XmlScene(filename.strip(), _read_size(root), boxes)
    except (ElementTree.ParseError, LookupError, ValueError, OverflowError) as error:
        raise DataError(f'{path} is not a complete annotation: {error}') from error


def _read_size(root: ElementTree.Element) -> tuple[int, int] | None:
    if root.find('size') is None:
        return None
    width, height = (int(_number(root, f'size/{side}')) for side in ('width', 'height'))
    # Some tools write 0 for what they do not know.
    return (width, height) if width > 0 and height > 0 else None


def _read_object(item: ElementTree.Element, one_based: bool) -> Box:
    name = (item.findtext('name') or item.findtext('possibleresult/name') or '').strip()
    if not name:
        raise ValueError('an object has no name')
    difficult = item.findtext('difficult', '0').strip() == '1'
    points = [point.text or '' for point in item.iterfind('points/point')]
    if points and item.find('bndbox') is None:
        return Box(_enclose(points), name, difficult)
    corners = ('xmin', 'ymin', 'xmax', 'ymax')
    x1, y1, x2, y2 = (_number(item, f'bndbox/{corner}') for corner in corners)
    shift = 1 if one_based else 0
    return Box((x1 - shift, y1 - shift, x2, y2), name, difficult)


def _enclose(points: list[str]) -> tuple[float, float, float, float]:
    """Return the box around points written 'x,y' or 'x, y'."""
    pairs = []
    for text in points:
        try:
            x, y = map(float, re.split(r'[,\s]+', text.strip()))
        except ValueError:
            raise ValueError(f'points/point is {text!r}, not x,y') from None
        pairs.append((x, y))
    xs, ys = zip(*pairs, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _number(node: ElementTree.Element, field: str) -> float:
    text = node.findtext(field)
    try:
        return float(text or '')
    except ValueError:
        found = 'is missing' if text is None else f'is {text!r}, not a number'
        raise ValueError(f'{field} {found}') from None
