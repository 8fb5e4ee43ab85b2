"""The scenes of an archive, and the names of what is written of them."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmsar.datasets.checks import RASTER_SUFFIXES
from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.errors import ConfigError, DataError
from mmsar.io import open_raster


@dataclass(frozen=True)
class SceneFile:
    """A scene.

    Attributes:
        name: Of its results, with folders: the path below the folder that was named.
        path: Of the file.
        stamp: Size and time of change of the file, by which a change is noticed.
        shape: Rows and columns; (0, 0) with a problem.
        problem: Why it cannot be read, or empty.
    """

    name: str
    path: Path
    stamp: str
    shape: tuple[int, int]
    problem: str = ''


def list_scenes(sources: Sequence[Path], variable: str | None = None) -> list[SceneFile]:
    """Return the scenes of files and folders, by name; of each, the header is read.

    Of Sentinel-1 products (``*.SAFE``), only the images in ``measurement`` are scenes.

    Args:
        sources: Files, or folders with images at any depth.
        variable: Of NPZ and MAT files.

    Raises:
        ConfigError: A source does not exist, a folder has no images, or two scenes have one name.
    """
    found: dict[str, Path] = {}
    for source in sources:
        if not source.exists():
            raise ConfigError(f'{source} does not exist')
        names = [n for n in find_chips(source) if _is_scene(n)] if source.is_dir() else ['']
        if not names:
            raise ConfigError(f'{source} has no images, nor has a folder in it')
        for name in names:
            path = source / name if name else source
            stem = _stem(name or source.name)
            if stem in found and found[stem].resolve() != path.resolve():
                raise ConfigError(
                    f'the results of {found[stem]} and {path} would both be called {stem}; rename '
                    'one, or detect them into two folders'
                )
            found[stem] = path

    def look(item: tuple[str, Path]) -> SceneFile:
        name, path = item
        stamp = ''
        try:
            status = path.stat()
            stamp = f'{status.st_size}-{status.st_mtime_ns}'
            with open_raster(path, variable) as raster:
                rows, columns, _ = raster.meta.shape
            return SceneFile(name, path, stamp, (rows, columns))
        except (DataError, OSError) as error:
            return SceneFile(name, path, stamp, (0, 0), str(error))

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(look, sorted(found.items())))


def _is_scene(name: str) -> bool:
    parts = PurePosixPath(name).parts
    products = [n for n, part in enumerate(parts[:-1]) if part.upper().endswith('.SAFE')]
    return not products or parts[products[-1] + 1] == 'measurement'


def _stem(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in RASTER_SUFFIXES else name
