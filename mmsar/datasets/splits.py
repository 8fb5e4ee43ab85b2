"""Which images belong to which part of a data set."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import some
from mmsar.errors import DataError
from mmsar.randomness import derive_seed


def split_by_hash(names: Iterable[str], share: float, seed: int) -> tuple[set[str], set[str]]:
    """Divide names into two parts, the same for ever and on every machine.

    The names are ranked by a hash of (seed, name); the first ones, as many as ``share`` asks for
    (rounded), are the first part. Neither the order nor the folder of the files matters.

    Args:
        names: All different.
        share: Of the first part, from 0 to 1.
        seed: Another seed makes another split.

    Returns:
        Both parts.
    """
    ranked = rank_by_hash(names, seed)
    count = round(len(ranked) * share)
    return set(ranked[:count]), set(ranked[count:])


def rank_by_hash(names: Iterable[str], seed: int) -> list[str]:
    """Return names in the order of a hash of (seed, name): a shuffle that stays for ever.

    Args:
        names: All different.
        seed: Another seed makes another order.
    """
    return sorted(names, key=lambda name: (derive_seed(seed, name), name))


def stems(images: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of image files, without folder and suffix."""
    return {Path(image['img_path']).stem for image in images}


def mark_subsets(
    images: list[dict[str, Any]], subsets: Mapping[str, set[str]], source: str
) -> None:
    """Give each image the field ``subset`` if its file name, without suffix, is in one of them.

    Args:
        images: Of a data set, changed in place.
        subsets: Names of the images in each.
        source: The data set, for messages.

    Raises:
        DataError: An image is in two.
    """
    twice = []
    for image in images:
        stem = Path(image['img_path']).stem
        found = [subset for subset, members in subsets.items() if stem in members]
        if len(found) == 1:
            image['subset'] = found[0]
        elif found:
            twice.append(stem)
    if twice:
        raise DataError(
            f'{source}: {len(twice)} images are listed in more than one of '
            f'{", ".join(subsets)}: {some(twice)}. Correct the lists'
        )
