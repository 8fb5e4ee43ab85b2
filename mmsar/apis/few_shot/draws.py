"""Which training chips each few-shot run has."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.recognition.sets import ChipSet
from mmsar.datasets.recognition.few_shot import draw_shots, read_draws
from mmsar.errors import ConfigError, DataError

ALL = 'all'

Shots = int | str
Draws = dict[tuple[Shots, int], list[int]]


def make_draws(
    chips: ChipSet, shots: Sequence[Shots], seeds: Sequence[int], few_groups: str = 'refuse'
) -> Draws:
    """Draw chips, or take all.

    Args:
        chips: To draw from.
        shots: Chips a class, or ``all``.
        seeds: Of the draws.
        few_groups: What becomes of a class with fewer groups of views than shots: ``refuse``, or
            ``fewer``: it gives one chip of each group that it has; or ``views``: it gives further
            views of its groups.

    Returns:
        Places of chips by shots and seed.

    Raises:
        DataError: A class has too few groups.
    """
    return {
        (count, seed): list(range(len(chips.paths)))
        if count == ALL
        else _draw(chips, int(count), seed, few_groups)
        for count in shots
        for seed in seeds
    }


def read_splits(path: Path, chips: ChipSet, shots: Sequence[Shots], seeds: Sequence[int]) -> Draws:
    """Take draws from a file that the tool wrote.

    Raises:
        DataError: It is none, or of other chips.
        ConfigError: It lacks a draw.
    """
    known = read_draws(path, chips.paths, chips.root)
    draws: Draws = {(ALL, seed): list(range(len(chips.paths))) for seed in seeds}
    draws |= {(count, seed): places for (count, seed), places in known.items()}
    wanted = [(count, seed) for count in shots for seed in seeds]
    missing = [key for key in wanted if key not in draws]
    if missing:
        raise ConfigError(
            f'--splits {path} has no draw of {missing[0][0]} shots with seed {missing[0][1]} '
            f'({len(missing)} are missing); leave --splits out to draw them'
        )
    uneven = {count for count in shots if len({len(draws[count, seed]) for seed in seeds}) > 1}
    if uneven:
        raise DataError(f'{path}: the draws of {min(map(str, uneven))} shots differ in length')
    return {key: draws[key] for key in wanted}


def _draw(chips: ChipSet, shots: int, seed: int, few_groups: str) -> list[int]:
    labels = chips.labels.tolist()
    if few_groups != 'fewer' or chips.groups is None:
        more = few_groups == 'views'
        try:
            return draw_shots(
                labels, chips.groups, shots, seed, classes=chips.classes, more_views=more
            )
        except DataError as error:
            hint = '' if more or chips.groups is None else '; or give --few-groups fewer, or views'
            raise DataError(f'{error}{hint}') from error
    # A draw within one class is the same as one of all, which lets each have its own number.
    kinds: dict[Any, set[int]] = defaultdict(set)
    for label, group in zip(labels, chips.groups, strict=True):
        kinds[group].add(label)
    drawn: list[int] = []
    for label in sorted(set(labels)):
        places = [
            place
            for place, group in enumerate(chips.groups)
            if labels[place] == label and len(kinds[group]) == 1
        ]
        groups = [chips.groups[place] for place in places]
        if not groups:
            raise DataError(f'class {chips.classes[label]} has no group of views of its own')
        count = min(shots, len(set(groups)))
        found = draw_shots([label] * len(places), groups, count, seed, classes=chips.classes)
        drawn += [places[number] for number in found]
    return sorted(drawn)


def short_of(chips: ChipSet, draws: Draws) -> str:
    """Say which classes have fewer chips in a draw than asked for; '' if none has."""
    said = []
    for shots in dict.fromkeys(count for count, _ in draws if count != ALL):
        places = next(places for (count, _), places in draws.items() if count == shots)
        counts = Counter(chips.labels[places].tolist())
        few = [f'{chips.classes[k]} {n}' for k, n in sorted(counts.items()) if n < int(shots)]
        if few:
            said.append(f'{shots} shots: {", ".join(few)}')
    return '; '.join(said)
