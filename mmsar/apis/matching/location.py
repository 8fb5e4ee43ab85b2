"""Where a chip lies in a larger image, as distances tell."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Place(NamedTuple):
    """A window of the larger image: first row and column, height and width in pixels."""

    row: int
    column: int
    height: int
    width: int
    distance: float


@dataclass(frozen=True, eq=False)
class Location:
    """Distances between a chip and the windows of a larger image.

    Attributes:
        distances: (rows, columns), from 0 to 1; entry (r, c) is that of the window whose first
            pixel is (r * stride, c * stride).
        stride: Between windows, in pixels.
        window: Height and width of the chip in pixels.
    """

    distances: NDArray[np.float32]
    stride: int
    window: tuple[int, int]

    @property
    def best(self) -> Place:
        """The window with the smallest distance."""
        return self.places(1)[0]

    def places(self, count: int) -> list[Place]:
        """Return up to so many windows in ascending order of distance.

        The centres of any two are at least half a chip apart, in rows or in columns, so that the
        second is another place and not the first one shifted.
        """
        left = self.distances.astype(np.float64)
        reach = [max(1, -(-side // (2 * self.stride))) for side in self.window]
        found: list[Place] = []
        while len(found) < count and np.isfinite(left).any():
            row, column = (int(i) for i in np.unravel_index(np.argmin(left), left.shape))
            found.append(
                Place(
                    row * self.stride,
                    column * self.stride,
                    *self.window,
                    float(self.distances[row, column]),
                )
            )
            rows, columns = (
                slice(max(0, place - near + 1), place + near)
                for place, near in zip((row, column), reach, strict=True)
            )
            left[rows, columns] = np.inf
        return found
