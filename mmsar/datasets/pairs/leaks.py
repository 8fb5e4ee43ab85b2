"""What the rows of a list of pairs must not have in common: files, and the ground of two parts."""

import os
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from mmsar.datasets.checks import some
from mmsar.datasets.pairs.files import PairFiles
from mmsar.errors import DataError
from mmsar.io import Window


def require_once(pairs: Sequence[PairFiles], source: str) -> None:
    """Check that no pair is listed twice, and that a file in several pairs lies at one place.

    A file is read whole, so its rows show the same ground whatever group they name.

    Raises:
        DataError: A pair is listed twice, or a file with two scenes or places, or without a scene.
    """
    names = [tuple(map(os.path.normpath, (pair.sar, pair.optical))) for pair in pairs]
    twice = [' and '.join(files) for files, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f'{source} lists {len(twice)} pairs of files more than once: {some(twice)}. Keep one '
            'row of each: a twin counts double, and may be taken as a negative. (row, column and '
            'size only say where a file lies; to cut patches out of it, set patch of the data set)'
        )
    for number in range(2):
        places: dict[str, list[tuple[str | None, Window | None]]] = {}
        for files, pair in zip(names, pairs, strict=True):
            places.setdefault(files[number], []).append((pair.group, pair.window))
        bad = [
            path
            for path, found in places.items()
            if len(found) > 1 and (found[0][0] is None or len(set(found)) > 1)
        ]
        if bad:
            raise DataError(
                f'{source} lists {some(bad)} more than once, not always with the same group (or '
                'row, column and size), or without a group. Give all rows of a file the same, so '
                'that they are not taken as negatives of each other'
            )


def require_apart(pairs: Sequence[PairFiles], source: str) -> None:
    """Check that the parts that a list names share neither files nor ground.

    Raises:
        DataError: A file is in two parts; or a scene is, and its windows overlap or are not known.
    """
    parts: dict[str, set[str]] = {}
    scenes: dict[str, dict[str, list[Window | None]]] = {}
    for pair in pairs:
        part = str(pair.part)
        for path in (pair.sar, pair.optical):
            parts.setdefault(os.path.normpath(path), set()).add(part)
        if pair.group is not None:
            scenes.setdefault(pair.group, {}).setdefault(part, []).append(pair.window)
    files = [path for path, found in parts.items() if len(found) > 1]
    if files:
        raise DataError(
            f'{source} lists {len(files)} files in more than one part '
            f'({", ".join(sorted(parts[files[0]]))}): {some(files)}. Parts must not share images: '
            'list each file in one part only'
        )
    shared = {scene: found for scene, found in scenes.items() if len(found) > 1}
    unplaced = [
        scene
        for scene, found in shared.items()
        if any(window is None for windows in found.values() for window in windows)
    ]
    if unplaced:
        raise DataError(
            f'{source} has {len(unplaced)} scenes (group) in more than one part '
            f'({", ".join(sorted(shared[unplaced[0]]))}): {some(unplaced)}. Parts must not share '
            'ground: put each scene into one part, or add the columns row, column and size'
        )
    for scene, found in shared.items():
        arrays = {part: np.array(windows, np.float64) for part, windows in found.items()}
        for first, second in combinations(sorted(arrays), 2):
            both = overlapping(arrays[first], arrays[second])
            if both is not None:
                a, b = found[first][both[0]], found[second][both[1]]
                raise DataError(
                    f'{source}: parts {first} and {second} share ground of group {scene!r}: the '
                    f'pair at {_place(a)} overlaps that at {_place(b)}. Put both into one part, or '
                    'leave one out (column kept)'
                )


def overlapping(first: NDArray[Any], second: NDArray[Any]) -> tuple[int, int] | None:
    """Return the numbers of a window of each list that overlap, or None.

    Args:
        first: (N, 4), row, column, height and width of squares.
        second: (M, 4), likewise.
    """
    # Squares overlap where their middles are nearer than half their sizes, in rows and in columns.
    for size in np.unique(first[:, 2]):
        here = np.flatnonzero(first[:, 2] == size)
        tree = KDTree(first[here, :2] * 2 + size)
        for other in np.unique(second[:, 2]):
            there = np.flatnonzero(second[:, 2] == other)
            reach = float(size + other)
            distances, nearest = tree.query(
                second[there, :2] * 2 + other, p=np.inf, distance_upper_bound=reach
            )
            hits = np.flatnonzero(distances < reach)
            if len(hits):
                return int(here[nearest[hits[0]]]), int(there[hits[0]])
    return None


def _place(window: Window | None) -> str:
    assert window is not None
    return f'row {window.row}, column {window.column}, size {window.height}'
