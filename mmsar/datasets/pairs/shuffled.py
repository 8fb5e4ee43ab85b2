"""Optical images for SAR images of other scenes: a control in which no pair matches."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.randomness import derive_seed

_ROUNDS = 20  # of exchanges, after which little is left of the order they began from


def partners_elsewhere(scenes: Sequence[str], seed: int, source: str) -> NDArray[np.intp]:
    """Draw for each pair another one of another scene, each once.

    Args:
        scenes: Of the N pairs.
        seed: Another seed gives other partners.
        source: Of the pairs, for messages.

    Returns:
        (N,), the place of the other pair.

    Raises:
        DataError: More than half of the pairs are of one scene, so there are too few others.
    """
    names, codes, counts = np.unique(
        np.array(scenes, dtype=str), return_inverse=True, return_counts=True
    )
    most = int(counts.max())
    if 2 * most > len(codes):
        raise DataError(
            f'{source}: {most} of {len(codes)} pairs are of scene {names[counts.argmax()]}, so '
            'shuffle_pairs cannot give each SAR image an optical image of another scene. Add pairs '
            'of other scenes, or leave some of this one out'
        )
    generator = np.random.default_rng(derive_seed('shuffle pairs', seed))
    order = np.argsort(codes, kind='stable')
    partners = np.empty_like(order)
    partners[order] = np.roll(order, most)  # no scene is longer than this, so it meets others only
    for _ in range(_ROUNDS):
        one, two = np.array_split(generator.permutation(len(codes)), 2)
        one = one[: len(two)]
        two = two[: len(one)]
        fits = codes[partners[two]] != codes[one]
        fits &= codes[partners[one]] != codes[two]
        fits &= generator.random(len(one)) < 0.5
        one, two = one[fits], two[fits]
        partners[one], partners[two] = partners[two], partners[one]
    return partners
