"""Pairs of images in files, so that each is made once."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io import replacing

Arrays = dict[str, NDArray[Any]]


class PairCache:
    """A folder of NPZ files, one a pair; files are whole or not there, whoever writes them.

    Args:
        root: Folder of all caches.
        settings: What pairs depend on; their text names the folder, which says it in
            ``settings.txt``.
    """

    def __init__(self, root: Path, settings: tuple[Any, ...]) -> None:
        from mmsar.simulation.isar.benchmark import VERSION

        self.text = repr((VERSION, *settings))
        self.folder = root / hashlib.blake2s(self.text.encode(), digest_size=8).hexdigest()

    def get(self, number: int, make: Callable[[int], Arrays]) -> Arrays:
        """Return a pair, and make it first if there is none.

        Raises:
            DataError: A file is damaged.
        """
        path = self.folder / f'{number:06d}.npz'
        try:
            with np.load(path, allow_pickle=False) as content:
                return {name: content[name] for name in content.files}
        except FileNotFoundError:
            return self._write(path, make(number))
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, KeyError) as error:
            raise DataError(
                f'{path} is damaged ({error}); delete it, and it is made again'
            ) from None

    def _write(self, path: Path, arrays: Arrays) -> Arrays:
        note = self.folder / 'settings.txt'
        if not note.exists():
            with replacing(note) as temporary:
                temporary.write_text(self.text + '\n')
        with replacing(path) as temporary:
            np.savez(temporary, **arrays)  # type: ignore[arg-type]
        return arrays
