"""From the pairs that a folder or a list has to those of a data set: scenes, parts, patches."""

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import find_images, some
from mmsar.datasets.pairs.files import PairFiles
from mmsar.datasets.pairs.leaks import require_apart, require_once
from mmsar.datasets.raster_files import image_size
from mmsar.datasets.splits import split_by_hash
from mmsar.datasets.tiles import tile_windows
from mmsar.errors import ConfigError, DataError
from mmsar.io import Window


@dataclass(frozen=True)
class Part:
    """Which scenes to read.

    Attributes:
        name: ``train``, ``val``, or None for all.
        share: Of the scenes that ``train`` has.
        seed: Of the split.
    """

    name: str | None
    share: float
    seed: int

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ConfigError(f'share={self.share}: give the share of train, between 0 and 1')

    def choose(self, pairs: list[PairFiles], source: str) -> list[PairFiles]:
        """Return the pairs of the part: as the list says, or by their scenes.

        Raises:
            ConfigError: There is no such part, or the scenes are not known.
            DataError: The part is empty, shares files or ground with another one of the list, or
                files are listed twice.
        """
        require_once(pairs, source)
        if self.name is None:
            return pairs
        listed = {pair.part for pair in pairs if pair.part is not None}
        if listed:
            chosen = [pair for pair in pairs if pair.part == self.name]
            if not chosen:
                raise DataError(
                    f'{source} has no pairs of part {self.name!r}; it has '
                    f'{", ".join(sorted(listed))}'
                )
            require_apart(pairs, source)
            return chosen
        if self.name not in ('train', 'val'):
            raise ConfigError(f'part={self.name!r}: choose train or val ({source} lists no parts)')
        scenes = {pair.group for pair in pairs if pair.group is not None}
        if any(pair.group is None for pair in pairs):
            raise ConfigError(
                f'part={self.name!r}: {source} does not say which scene a pair is of, and parts '
                'must not share scenes. Add a column group, or set group_pattern: '
                r"r'(.+)_\d+_\d+' if files are called SCENE_ROW_COLUMN, '(.*)' if each file is a "
                'scene of its own'
            )
        train, val = split_by_hash(scenes, self.share, self.seed)
        if not train or not val:
            raise DataError(
                f'{source}: share={self.share} of {len(scenes)} scenes leaves a part empty'
            )
        wanted = train if self.name == 'train' else val
        return [pair for pair in pairs if pair.group in wanted]


def add_scenes(pairs: list[PairFiles], pattern: str, source: str) -> list[PairFiles]:
    """Add the scenes that the names of the SAR files tell.

    Args:
        pairs: Without scenes.
        pattern: Regular expression; its first group is the scene.
        source: Of the pairs, for messages.

    Raises:
        ConfigError: The pattern has no group, does not match, or the scenes are known.
    """
    if any(pair.group is not None for pair in pairs):
        raise ConfigError(f'{source} lists the scene of each pair (group): leave out group_pattern')
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f'group_pattern={pattern!r}: {error}') from error
    if not compiled.groups:
        raise ConfigError(f'group_pattern={pattern!r}: put the scene in parentheses')
    named, unnamed = [], []
    for pair in pairs:
        match = compiled.match(Path(pair.sar).stem)
        if match and match.group(1) is not None:
            named.append(pair._replace(group=match.group(1)))
        else:
            unnamed.append(Path(pair.sar).name)
    if unnamed:
        raise ConfigError(
            f'group_pattern={pattern!r} does not match {len(unnamed)} of {len(pairs)} names: '
            f'{some(unnamed)}'
        )
    return named


def require_files(pairs: list[PairFiles], source: str) -> list[PairFiles]:
    """Check that the files are there, and return the pairs with their names on the disk.

    Raises:
        DataError: A file is missing or empty, or is listed twice (:func:`require_once`).
    """
    for key in ('sar', 'optical'):
        paths = find_images([getattr(pair, key) for pair in pairs], source)
        empty = [path for path in paths if not os.path.getsize(path)]
        if empty:
            raise DataError(
                f'{len(empty)} of {len(paths)} {key} images are empty (0 bytes): {some(empty)}. '
                'Copy them again'
            )
        change: list[dict[str, Any]] = [{key: path} for path in paths]
        pairs = [pair._replace(**new) for pair, new in zip(pairs, change, strict=True)]
    require_once(pairs, source)  # again: two names may lead to one file
    return pairs


def pair_prefix(data_prefix: Mapping[str, str] | None) -> dict[str, str]:
    """Return the folders of both views, '' where none is set.

    Raises:
        ConfigError: There is a key for something else.
    """
    unknown = sorted(set(data_prefix or {}) - {'sar', 'optical'})
    if unknown:
        raise ConfigError(
            f'data_prefix has no {unknown[0]!r}: set data_prefix=dict(sar=..., optical=...)'
        )
    return {'sar': '', 'optical': '', **(data_prefix or {})}


def require_pair_paths(data_root: str, ann_file: str, folders: Mapping[str, str]) -> None:
    """Check the paths that a user sets, outermost first.

    Raises:
        DataError: One does not exist.
    """
    hint = 'set it in the config or with --cfg-options data_root=PATH'
    if data_root and not Path(data_root).is_dir():
        raise DataError(f'data_root {data_root!r} is not a folder; {hint}')
    if ann_file and not Path(ann_file).is_file():
        raise DataError(f'ann_file {ann_file!r} does not exist; {hint}')
    for key, folder in folders.items():
        if folder and not Path(folder).is_dir():
            raise DataError(f'data_prefix.{key} {folder!r} is not a folder; {hint}')


def take_apart(
    pairs: list[PairFiles], size: int, overlap: float, source: str
) -> list[dict[str, Any]]:
    """Take the images apart into square patches.

    A file whose scene is not known is a scene.

    Args:
        pairs: Of whole images.
        size: Rows and columns of a patch.
        overlap: Share of a patch that its neighbour also shows.
        source: Of the pairs, for messages.

    Returns:
        One entry a patch: the fields of :class:`PairFiles`, with its place in the scene, and
        ``crop``, its window in the file.

    Raises:
        DataError: The images of a pair differ in size, are smaller than a patch, or lie at an
            unknown place of a scene that has others.
    """
    scenes = Counter(pair.group for pair in pairs if pair.group and not pair.window)
    several = [scene for scene, count in scenes.items() if count > 1]
    if several:
        raise DataError(
            f'{source} does not say where in its scene a pair lies ({some(several)}): to take '
            'images apart (patch), add the columns row, column and size'
        )
    entries = []
    for pair in pairs:
        shapes = [image_size(path)[::-1] for path in (pair.sar, pair.optical)]
        if shapes[0] != shapes[1] or min(shapes[0]) < size:
            raise DataError(
                f'{pair.sar} and {pair.optical} have {shapes[0]} and {shapes[1]} rows and columns: '
                f'patch={size} needs two equal images that are not smaller'
            )
        row, column = (pair.window or (0, 0))[:2]
        for crop in tile_windows(shapes[0], size, overlap):
            place = Window(crop.row + row, crop.column + column, size, size)
            scene = pair.group or pair.sar
            entries.append({**pair._asdict(), 'group': scene, 'window': place, 'crop': crop})
    return entries
