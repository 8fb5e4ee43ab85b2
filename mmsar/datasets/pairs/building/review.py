"""What a person decides: a list and a picture of the doubtful patches."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io import Window, replacing, write_raster

_SIDE = 160  # pixels of an image on a sheet
_TEXT = 18  # pixels of the line above it
_ACROSS, _DOWN = 4, 6  # pairs on a sheet
_DECISIONS = {'': None, 'keep': True, 'drop': False}

Key = tuple[str, int, int, int]  # scene, row, column, size


class Doubtful(NamedTuple):
    """A patch pair to look at.

    Attributes:
        scene: Of the patch.
        window: Its place.
        kept: Whether it is kept unless someone decides otherwise.
        reason: What is doubtful.
        decision: Made before, ``keep``, ``drop`` or ``''``.
    """

    scene: str
    window: Window
    kept: bool
    reason: str
    decision: str


def key(scene: str, window: Window) -> Key:
    """Return what tells a patch from others."""
    return scene, window.row, window.column, window.width


def read_decisions(path: Path) -> dict[Key, bool]:
    """Read from a list of doubtful patches which to keep and which to drop.

    Raises:
        DataError: The list cannot be read, or a decision is none.
    """
    if not path.is_file():
        return {}
    decisions: dict[Key, bool] = {}
    try:
        with path.open(encoding='utf-8-sig', newline='') as file:
            for line, row in enumerate(csv.DictReader(file), 2):
                word = row['decision'].strip().lower()
                if word not in _DECISIONS:
                    raise DataError(
                        f'{path}, line {line}: decision {word!r}; write keep, drop or nothing'
                    )
                chosen = _DECISIONS[word]
                if chosen is not None:
                    place, column, size = (int(row[name]) for name in ('row', 'column', 'size'))
                    decisions[row['group'], place, column, size] = chosen
    except (KeyError, AttributeError, ValueError, csv.Error) as error:
        raise DataError(
            f'{path} is not a list that this tool wrote ({error!r}); move it away'
        ) from error
    return decisions


def write_review(path: Path, patches: Sequence[Doubtful]) -> None:
    """Write the list, with an empty column for decisions."""
    with replacing(path) as temporary, temporary.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(('number', 'group', 'row', 'column', 'size', 'kept', 'reason', 'decision'))
        for number, patch in enumerate(patches, 1):
            place = key(patch.scene, patch.window)
            writer.writerow((number, *place, int(patch.kept), patch.reason, patch.decision))


def write_sheets(
    folder: Path,
    patches: Sequence[Doubtful],
    images: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> list[Path]:
    """Draw the doubtful pairs, SAR left and optical right, with their numbers in the list.

    Args:
        folder: Where ``review_1.png`` and so on are written; older ones are removed.
        patches: The list.
        images: SAR (H, W) and optical (H, W, 1 or 3) image of each, uint8.

    Returns:
        The files.
    """
    for old in folder.glob('review_*.png'):
        old.unlink()
    cells = [
        _cell(f'{number} {"kept" if patch.kept else "dropped"}: {patch.reason}', *pair)
        for number, (patch, pair) in enumerate(zip(patches, images, strict=True), 1)
    ]
    paths = []
    for number, first in enumerate(range(0, len(cells), _ACROSS * _DOWN), 1):
        page = cells[first : first + _ACROSS * _DOWN]
        page += [np.zeros_like(page[0])] * (-len(page) % _ACROSS)
        rows = [np.hstack(page[row : row + _ACROSS]) for row in range(0, len(page), _ACROSS)]
        paths.append(folder / f'review_{number}.png')
        write_raster(paths[-1], np.vstack(rows))
    return paths


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image (H, W) or (H, W, C) in the size and colour of a sheet."""
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = small.ndim == 2 or small.shape[2] == 1
    return np.repeat(small.reshape(_SIDE, _SIDE, 1), 3, axis=2) if grey else np.asarray(small)


def _cell(text: str, sar: NDArray[np.uint8], optical: NDArray[np.uint8]) -> NDArray[np.uint8]:
    cell = np.zeros((_SIDE + _TEXT + 4, 2 * _SIDE + 8, 3), np.uint8)
    cell[_TEXT:-4, :_SIDE] = thumbnail(sar)
    cell[_TEXT:-4, _SIDE + 2 : 2 * _SIDE + 2] = thumbnail(optical)
    cv2.putText(cell, text, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1)
    return cell
