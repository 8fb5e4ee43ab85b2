"""Seeded draws of K chips a class, and the files that keep them."""

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import some
from mmsar.datasets.splits import rank_by_hash
from mmsar.errors import ConfigError, DataError
from mmsar.io import replacing
from mmsar.randomness import derive_seed

_FORMAT = 'mmsar few-shot draws 1'


def draw_shots(
    labels: Sequence[int],
    groups: Sequence[Hashable] | None,
    shots: int,
    seed: int,
    *,
    classes: Sequence[str] | None = None,
    more_views: bool = False,
) -> list[int]:
    """Draw K chips of each class, no two of them views of one image.

    The groups of a class are ranked by a hash of (seed, class, place), and one chip of each of the
    first K is taken, so a draw stays for ever, and that of 5 shots is part of that of 10 with the
    same seed. Seed 0 is a seed like the others.

    Args:
        labels: Of the chips, in the order of the data set.
        groups: Of the chips: chips with equal values are views of one image (augmentation groups).
            A group with chips of more than one class is not drawn from. None: each chip is one.
        shots: K, chips a class.
        seed: 0 or above; another seed makes another draw.
        classes: Names of the classes, for messages.
        more_views: Where a class has fewer groups than K, take a second chip of each group, a third
            and so on, instead of refusing. They add little that is new.

    Returns:
        Places of the chips, sorted.

    Raises:
        ConfigError: ``shots`` or ``seed`` is out of range.
        DataError: A class has too few groups, or chips, or there is not one group a chip.
    """
    if shots < 1 or seed < 0:
        raise ConfigError(f'shots={shots}, seed={seed}: give 1 or more shots, and 0 or above')
    if groups is None:
        groups = range(len(labels))
    if len(groups) != len(labels) or not len(labels):
        raise DataError(f'{len(labels)} labels and {len(groups)} groups: give one each a chip')
    members: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    pools: dict[int, list[list[int]]] = {int(label): [] for label in sorted(set(labels))}
    for places in members.values():
        if len({labels[place] for place in places}) == 1:
            pools[int(labels[places[0]])].append(places)
    drawn = []
    for label, pool in pools.items():
        views = all(len(places) == 1 for places in pool)
        available = sum(map(len, pool)) if more_views else len(pool)
        if available < shots:
            name = f'{label} ({classes[label]})' if classes else str(label)
            what = 'chips' if more_views or views else 'groups of views'
            raise DataError(
                f'class {name} has {available} {what}, fewer than {shots} shots: ask for fewer, or '
                'leave the class out'
            )
        rounds: list[list[int]] = []  # one chip of each group, another of each, ...
        for name in rank_by_hash([f'{label}/{number}' for number in range(len(pool))], seed):
            places = pool[int(name.partition('/')[2])]
            first = derive_seed('view', seed, name) % len(places)
            for turn, place in enumerate(places[first:] + places[:first]):
                if turn == len(rounds):
                    rounds.append([])
                rounds[turn].append(place)
        drawn += list(chain.from_iterable(rounds))[:shots]
    return sorted(drawn)


def groups_of(infos: Sequence[Mapping[str, Any]]) -> list[Hashable] | None:
    """Return the group of each sample, its path for a sample without; None if none has one.

    Args:
        infos: Of the samples: ``img_path``, and ``group`` where there are views of one image.
    """
    if all(info.get('group') is None for info in infos):
        return None
    groups = [(info.get('group'), info['img_path']) for info in infos]
    return [path if group is None else group for group, path in groups]


def write_draws(
    path: str | os.PathLike[str],
    draws: Mapping[tuple[int, int], Sequence[int]],
    chips: Sequence[str],
    root: str | os.PathLike[str],
) -> None:
    """Write draws as JSON: a list of chips, relative to ``root``, and their numbers in each draw.

    Args:
        path: The file; one that is there is replaced.
        draws: Places of chips by (shots, seed), of :func:`draw_shots`.
        chips: Paths of all chips of the data set, in its order.
        root: Folder of the data set.

    Raises:
        DataError: A chip is not below ``root``.
    """
    names = _relative(chips, root)
    used = sorted({names[place] for places in draws.values() for place in places})
    numbers = {name: number for number, name in enumerate(used)}
    entries = [
        {'shots': shots, 'seed': seed, 'chips': sorted(numbers[names[place]] for place in places)}
        for (shots, seed), places in sorted(draws.items())
    ]
    lines = ',\n'.join(json.dumps(entry) for entry in entries)
    listed = ',\n'.join(json.dumps(name) for name in used)
    text = f'{{"format": "{_FORMAT}",\n"chips": [\n{listed}\n],\n"draws": [\n{lines}\n]}}\n'
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def read_draws(
    path: str | os.PathLike[str], chips: Sequence[str], root: str | os.PathLike[str]
) -> dict[tuple[int, int], list[int]]:
    """Read what :func:`write_draws` wrote, for a copy of the data set anywhere.

    Args:
        path: The file.
        chips: Paths of all chips of the data set, in its order.
        root: Folder of the data set.

    Returns:
        Places of chips by (shots, seed), sorted.

    Raises:
        DataError: It is no such file, or names chips that the data set has not.
    """
    try:
        content: Any = json.loads(Path(path).read_text(encoding='utf-8'))
        if content['format'] != _FORMAT:
            raise ValueError(f'its format is {content["format"]!r}')
        listed = [str(name) for name in content['chips']]
        if any(number < 0 for entry in content['draws'] for number in entry['chips']):
            raise ValueError('a number of a chip is below zero')
        draws = {
            (int(entry['shots']), int(entry['seed'])): [listed[number] for number in entry['chips']]
            for entry in content['draws']
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f'{path} is no file of few-shot draws: {error}') from error
    places = {name: place for place, name in enumerate(_relative(chips, root))}
    missing = [name for name in listed if name not in places]
    if missing:
        raise DataError(
            f'{path} names {len(missing)} of {len(listed)} chips that the data set in {root} has '
            f'not: {some(missing)}; was it written of another copy?'
        )
    return {key: sorted(places[name] for name in names) for key, names in draws.items()}


def _relative(chips: Sequence[str], root: str | os.PathLike[str]) -> list[str]:
    """Return paths below the root, with slashes on every system."""
    top = os.path.abspath(root)
    names = [os.path.relpath(os.path.abspath(chip), top).replace(os.sep, '/') for chip in chips]
    outside = [chip for chip, name in zip(chips, names, strict=True) if name.startswith('../')]
    if outside:
        raise DataError(f'{len(outside)} chips are not below {root}: {some(outside)}')
    return names
