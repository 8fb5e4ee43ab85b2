"""Which images of the new sensor train and which test."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmsar.apis.cross_sensor.settings import SplitSettings
from mmsar.datasets.checks import some
from mmsar.datasets.recognition.chip_files import require_chips
from mmsar.datasets.recognition.manifest import read_manifest
from mmsar.datasets.splits import rank_by_hash
from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed

ByClass = dict[str, list[str]]


class Split(NamedTuple):
    """Both parts, paths ``CLASS/FILE`` by class, sorted; no image is in both."""

    train: ByClass
    test: ByClass


def list_classes(folder: Path, what: str) -> ByClass:
    """Return the images of a folder by class, which is the first folder of their path.

    Args:
        folder: Folders of classes.
        what: It is, for messages.

    Raises:
        DataError: It is no folder, or has images that lie in none of a class.
    """
    found: ByClass = {}
    for name in require_chips(folder, what):
        label, slash, _ = name.partition('/')
        if not slash:
            raise DataError(f'{what} {folder}: {name} lies in no folder of a class; move it to one')
        found.setdefault(label, []).append(name)
    return found


def require_classes(found: ByClass, classes: Sequence[str], what: str) -> ByClass:
    """Return the images in the order of the classes.

    Raises:
        DataError: A class has none, or there are others.
    """
    missing = [name for name in classes if name not in found]
    others = sorted(set(found) - set(classes))
    if missing or others:
        problem = f'no images of {some(missing)}' if missing else f'other classes: {some(others)}'
        raise DataError(
            f'{what} has {problem}. Both sensors need the folders {", ".join(classes)}; set '
            'data.classes, or add or remove folders'
        )
    return {name: found[name] for name in classes}


def draw(images: ByClass, counts: Any, what: str, seed: int = 0) -> ByClass:
    """Return so many images of each class, the same for ever.

    Args:
        images: By class.
        counts: A number, numbers by class, or None for all.
        what: The setting, for messages.
        seed: Of the draw.

    Raises:
        ConfigError: A count is no number above zero, or of no class.
        DataError: A class has not so many.
    """
    if counts is None:
        return images
    wanted = count_by_class(counts, list(images), what)
    return {
        label: sorted(rank_by_hash(names, derive_seed(what, seed))[: wanted[label]])
        for label, names in images.items()
        if _enough(len(names), wanted[label], label, what)
    }


def count_by_class(counts: Any, classes: Sequence[str], what: str) -> dict[str, int]:
    """Return the number of images of each class.

    Raises:
        ConfigError: A count is no number above zero, or classes do not fit.
    """
    found = dict(counts) if isinstance(counts, Mapping) else dict.fromkeys(classes, counts)
    if set(found) != set(classes):
        raise ConfigError(f'{what} has {", ".join(found)}; the classes are {", ".join(classes)}')
    for label, count in found.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ConfigError(f'{what}: {count!r} images of {label}; give a number above zero')
    return {label: found[label] for label in classes}


def split(images: ByClass, settings: SplitSettings, seed: int, folder: Path) -> Split:
    """Divide the images of each class into a training and a test part.

    Without groups, images are ranked by a hash of seed and path, and the parts have just the
    numbers that are asked for. With groups, whole groups go to one part: in the order of their
    hash, each trains if that brings the numbers of all classes closer to what is wanted.

    Args:
        images: By class.
        settings: How.
        seed: Another seed makes another split.
        folder: Of the images, for groups and messages.

    Raises:
        ConfigError: A setting is wrong.
        DataError: A class has too few images, or its groups leave a part empty.
    """
    groups = _read_groups(images, settings, folder)
    wanted = {
        label: (
            _count(settings.train, len(names), 'data.split.train'),
            None if settings.test is None else _count(settings.test, len(names), 'data.split.test'),
        )
        for label, names in images.items()
    }
    key = derive_seed('split', seed)
    train = (
        {label: set(rank_by_hash(v, key)[: wanted[label][0]]) for label, v in images.items()}
        if groups is None
        else _grouped(images, {k: v[0] for k, v in wanted.items()}, groups, key)
    )
    result = Split({}, {})
    for label, names in images.items():
        (count, least), left = wanted[label], set(names) - train[label]
        tests = least if least is not None else len(left) if groups else len(names) - count
        if not train[label] or not left or len(left) < tests or tests < 1:
            raise DataError(
                f'{folder}: class {label} has {len(names)} images'
                + (f' in {len({groups[n] for n in names})} groups' if groups else '')
                + f'; {count} to train and {tests or "some"} to test are wanted, '
                f'{len(train[label])} and {len(left)} are there. Add images, or set data.split'
            )
        result.train[label] = sorted(train[label])
        result.test[label] = sorted(rank_by_hash(left, key)[:tests])
    return result


def _count(value: Any, total: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ConfigError(f'{what}={value!r}; give a number of images, or a share')
    if isinstance(value, float) and not value.is_integer():
        if value >= 1:
            raise ConfigError(f'{what}={value!r}; a share is less than 1')
        return round(total * value)
    return int(value)


def _grouped(
    images: ByClass, wanted: Mapping[str, int], groups: Mapping[str, str], key: int
) -> dict[str, set[str]]:
    """Choose whole groups, also such as have images of several classes."""
    members: dict[str, dict[str, list[str]]] = {}
    for label, names in images.items():
        for name in names:
            members.setdefault(groups[name], {}).setdefault(label, []).append(name)
    train: dict[str, set[str]] = {label: set() for label in images}
    for group in rank_by_hash(members, key):
        gain = sum(
            abs(len(train[label]) - wanted[label])
            - abs(len(train[label]) + len(names) - wanted[label])
            for label, names in members[group].items()
        )
        if gain > 0:
            for label, names in members[group].items():
                train[label].update(names)
    return train


def _read_groups(images: ByClass, settings: SplitSettings, folder: Path) -> dict[str, str] | None:
    """Return the group of each image, None where none are known."""
    names = [name for part in images.values() for name in part]
    if settings.groups is not None and settings.manifest is not None:
        raise ConfigError('data.split has groups and manifest; give one of them')
    if settings.manifest is not None:
        chips = {chip.path: chip.group for chip in read_manifest(Path(settings.manifest))}
        missing = [name for name in names if not chips.get(name)]
        if missing:
            raise DataError(
                f'{settings.manifest}: {len(missing)} of {len(names)} images of {folder} have no '
                f'group: {some(missing)}; its columns are path (below the folder) and group'
            )
        return {name: chips[name] for name in names}
    if settings.groups is None:
        return None
    try:
        pattern = re.compile(settings.groups)
    except re.error as error:
        raise ConfigError(f'data.split.groups={settings.groups!r}: {error}') from error
    found = {name: pattern.search(name) for name in names}
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise DataError(
            f'data.split.groups={settings.groups!r} matches none of {some(missing)} in {folder}'
        )
    return {n: m[1] if pattern.groups else m[0] for n, m in found.items() if m is not None}


def _enough(there: int, wanted: int, label: str, what: str) -> bool:
    if there < wanted:
        raise DataError(f'{what}: {wanted} images of {label} are wanted, and there are {there}')
    return True
