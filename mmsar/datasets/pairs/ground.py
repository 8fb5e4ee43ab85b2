"""Which optical-SAR pairs show the same ground, and the choice of those that do not."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmsar.io import Window


class Ground:
    """The places of the pairs of a set on the ground.

    Two pairs share ground if they are of one scene and their windows overlap, or if the window of
    either is not known. A pair whose scene is not known shares ground with itself alone.

    Args:
        scenes: Of each pair, or None where it is not known.
        windows: Of each pair in its scene, or None where it is not known.
    """

    def __init__(self, scenes: Sequence[str | None], windows: Sequence[Window | None]) -> None:
        self.scenes = np.array([-1 if scene is None else 0 for scene in scenes], np.int64)
        known = np.flatnonzero(self.scenes == 0)
        names = np.array([scenes[place] for place in known.tolist()], dtype=str)
        if len(known):
            self.scenes[known] = np.unique(names, return_inverse=True)[1]
        self.windows = np.array([window or (0, 0, 0, 0) for window in windows], np.int64)
        self.windows = self.windows.reshape(-1, 4)
        order = np.argsort(self.scenes, kind='stable')
        starts = np.flatnonzero(np.diff(self.scenes[order])) + 1
        parts = np.split(order, starts) if len(order) else []
        self._members = {int(self.scenes[part[0]]): part for part in parts}

    def __len__(self) -> int:
        return len(self.scenes)

    def sharing(self, place: int, margin: int = 0) -> NDArray[np.int64]:
        """Return the places of the pairs that share ground with one of them, and its own, sorted.

        Args:
            place: Of the pair.
            margin: Windows that are nearer than so many pixels count as overlapping.
        """
        scene = int(self.scenes[place])
        if scene < 0:
            return np.array([place])
        members = self._members[scene]
        row, column, height, width = self.windows[place].tolist()
        rows, columns, heights, widths = self.windows[members].T
        near = (rows < row + height + margin) & (row < rows + heights + margin)
        near &= (columns < column + width + margin) & (column < columns + widths + margin)
        near |= (heights == 0) | (height == 0)
        return np.asarray(members[near])

    def count_elsewhere(self, place: int) -> int:
        """Return how many pairs share no ground with one of them."""
        return len(self) - len(self.sharing(place))

    def elsewhere(self, place: int, number: int) -> int:
        """Return the place of one of the pairs that share no ground with pair ``place``.

        Args:
            place: Of the pair.
            number: Which one, from 0 to below :meth:`count_elsewhere`.
        """
        taken = self.sharing(place)
        # Before entry k of `taken` lie taken[k] - k others.
        return number + int(np.searchsorted(taken - np.arange(len(taken)), number, side='right'))

    def without_elsewhere(self) -> int | None:
        """Return the place of a pair that shares ground with all pairs, or None."""
        if len(self) == 1:
            return 0
        if len(self._members) != 1 or self.scenes[0] < 0:
            return None  # any other scene is elsewhere
        rows, columns, heights, widths = self.windows.T
        if not heights.all():
            return int(np.flatnonzero(heights == 0)[0])
        common = (rows.max() < rows + heights) & (rows < (rows + heights).min())
        common &= (columns.max() < columns + widths) & (columns < (columns + widths).min())
        return int(np.flatnonzero(common)[0]) if common.any() else None
