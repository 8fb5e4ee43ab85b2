"""Splits that leave the views of one image together."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from mmsar.datasets.splits import rank_by_hash


def split_groups(
    labels: Sequence[str], groups: Sequence[Hashable], wanted: Mapping[str, int], seed: int
) -> list[bool]:
    """Choose whole groups until each class has as many chips as wanted, or a few fewer.

    The groups come in the order of a hash of (seed, number of the group), the same for ever. One
    that would be too much for a class is passed over. A group is chosen for all its classes.

    Args:
        labels: Class of each chip, in an order that does not change.
        groups: Group of each chip.
        wanted: Chips of each class in the first part.
        seed: Another seed makes another split.

    Returns:
        For each chip, whether it is in the first part.
    """
    members: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    numbered = list(members.values())
    have: Counter[str] = Counter()
    chosen = [False] * len(labels)
    for name in rank_by_hash(map(str, range(len(numbered))), seed):
        places = numbered[int(name)]
        more = Counter(labels[place] for place in places)
        if all(have[label] + count <= wanted.get(label, 0) for label, count in more.items()):
            have += more
            for place in places:
                chosen[place] = True
    return chosen
