"""Where everything is in the work folder of an experiment."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from mmsar.apis.cross_sensor.settings import GENERATED, SAR1, SAR2
from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.io import replacing

TEST = 'test'
# Of what does not depend on the seed.
SHARED = 'shared'


def part_of(seed: int | None) -> str:
    """Return the folder of a seed; None: of what does not depend on it."""
    return SHARED if seed is None else f'seed{seed}'


def data_folder(seed: int | None) -> str:
    """Return the folder with ``sar1`` and, of a seed, ``sar2``, its training part."""
    return f'{part_of(seed)}/data'


def image_folder(name: str, seed: int) -> str:
    """Return the folder of a set of images, relative to the work folder.

    Args:
        name: Of the set, or ``test`` for the test part of the new sensor.
        seed: Of the split.
    """
    if name in (SAR1, SAR2):
        return f'{data_folder(seed)}/{name}'
    if name == TEST:
        return f'{part_of(seed)}/{TEST}'
    return f'{SHARED}/{GENERATED}' if name == GENERATED else f'{part_of(seed)}/migrated/{name}'


def link_images(source: Path, names: Iterable[str], target: Path) -> None:
    """Make a folder that has just these images, as links, or as copies where links cannot be.

    Args:
        source: Folder of the images.
        names: Paths below it.
        target: The new folder; other images in it, and what a kill has left, are removed.
    """
    wanted = set(names)
    target.mkdir(parents=True, exist_ok=True)
    for name in set(find_chips(target)) - wanted:
        (target / name).unlink()
    for name in sorted(wanted):
        link, original = target / name, (source / name).resolve()
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_symlink() and link.resolve() == original:
            continue
        link.unlink(missing_ok=True)
        try:
            os.symlink(original, link)
        except OSError:
            with replacing(link) as temporary:
                shutil.copy2(original, temporary)
