"""Checks of images and boxes that all detection data sets make."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from mmsar.errors import DataError
from mmsar.io.formats import FORMATS

_SHOWN = 5  # entries of a list in an error message
_MIN_VISIBLE = 0.1  # pixels of a box inside its image; less is nothing once the image is resized

RASTER_SUFFIXES = frozenset(suffix for form in FORMATS for suffix in form.suffixes)


def find_images(paths: list[str], source: str) -> list[str]:
    """Return the paths of the images, each folder read once.

    Copies of a data set differ in their format: an image that is missing under its name is taken
    under another suffix, if there is just one such file.

    Args:
        paths: As the annotations name them.
        source: The annotations, for messages.

    Raises:
        DataError: An image does not exist.
    """
    folders: dict[str, _Folder] = {}
    found, missing = [], []
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = _Folder(folder)
        actual = folders[folder].find(name)
        if actual is None:
            missing.append(path)
        else:
            found.append(os.path.join(folder, actual))
    if missing:
        raise DataError(
            f'{len(missing)} of {len(paths)} images named in {source} do not exist: '
            f'{some(missing)}. Check data_root and data_prefix'
        )
    return found


class _Folder:
    """The file names in one folder, by name and by stem."""

    def __init__(self, folder: str) -> None:
        self.names = set(os.listdir(folder or '.')) if Path(folder).is_dir() else set()
        self.by_stem: dict[str, list[str]] | None = None

    def find(self, name: str) -> str | None:
        """Return the name of the file that holds this image."""
        if name in self.names:
            return name
        if self.by_stem is None:
            self.by_stem = {}
            for other in self.names:
                if Path(other).suffix.lower() in RASTER_SUFFIXES:
                    self.by_stem.setdefault(Path(other).stem, []).append(other)
        twins = self.by_stem.get(Path(name).stem, [])
        return twins[0] if len(twins) == 1 else None


def require_valid_boxes(images: list[dict[str, Any]], source: str, drop: bool = False) -> None:
    """Check that every box is finite, has an area and touches its image.

    Args:
        images: With ``boxes``, ``width``, ``height`` and ``img_path``.
        source: The annotations, for messages.
        drop: Remove boxes that are not, and warn, in place of an error.

    Raises:
        DataError: There are no boxes, or wrong ones.
    """
    owners = [(image, number) for image in images for number in range(len(image['boxes']))]
    if not owners:
        raise DataError(f'{source} has no boxes at all; is it the right annotation file?')
    boxes = np.array([image['boxes'][number][0] for image, number in owners], dtype=np.float64)
    size = np.array([(image['width'], image['height']) for image, _ in owners])
    low, high = boxes[:, :2], boxes[:, 2:]
    finite = np.isfinite(boxes).all(1)
    visible = np.minimum(high, size) - np.maximum(low, 0)
    bad = np.flatnonzero(~(finite & (visible >= _MIN_VISIBLE).all(1)))
    if not len(bad):
        return
    listed = [
        f'{Path(owners[i][0]["img_path"]).name} {boxes[i].tolist()} '
        f'(image {owners[i][0]["width"]} x {owners[i][0]["height"]})'
        for i in bad[:_SHOWN]
    ]
    more = ', ...' if len(bad) > _SHOWN else ''
    message = (
        f'{len(bad)} of {len(boxes)} boxes in {source} are empty, not finite or outside their '
        f'image (x1, y1, x2, y2 in pixels): {"; ".join(listed)}{more}'
    )
    if not drop:
        raise DataError(f'{message}. Correct or remove them, or set drop_bad_boxes=True')
    for i in reversed(bad):
        image, number = owners[i]
        del image['boxes'][number]
    warnings.warn(f'{message}; they are left out', stacklevel=2)


def some(items: list[str]) -> str:
    """Join the first few items."""
    return ', '.join(items[:_SHOWN]) + (', ...' if len(items) > _SHOWN else '')
