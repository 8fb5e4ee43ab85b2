"""What was found in parts of scenes, until all parts of a scene are there."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.io import replacing

FOLDER = '.parts'
_KEYS = ('boxes', 'scores', 'labels', 'tile', 'windows', 'skipped')


class PartFiles:
    """Files of a scene, each written whole or not at all.

    Args:
        out: Folder of the results.
        name: Of the scene.
        stamp: Of its file: what was found in another version of it does not count.
    """

    def __init__(self, out: Path, name: str, stamp: str) -> None:
        self.folder, self.stamp = out / FOLDER / name, stamp

    def write(self, number: int, part: dict[str, NDArray[Any]]) -> None:
        """Write a part."""
        with replacing(self._path(number)) as temporary, temporary.open('wb') as file:
            np.savez(file, stamp=np.array(self.stamp), **part)  # type: ignore[arg-type]

    def read(self, number: int) -> dict[str, NDArray[Any]] | None:
        """Return a part, None if it is not there."""
        try:
            with np.load(self._path(number), allow_pickle=False) as file:
                if str(file['stamp']) != self.stamp:
                    return None
                return {key: file[key] for key in _KEYS}
        except FileNotFoundError:
            return None

    def remove(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f'{number:05d}.npz'
