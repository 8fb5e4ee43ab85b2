"""Points that scatter, and the solid boxes that hide them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Box:
    """A solid box.

    Attributes:
        centre: (3,), in metres.
        half: (3,), half its sides, in metres.
        axes: (3, 3), its directions as rows, of unit length.
    """

    centre: Array
    half: Array
    axes: Array = field(default_factory=lambda: np.eye(3))

    def place(self, local: Array) -> Array:
        """Return points (N, 3) of the box's own coordinates in those of the spacecraft."""
        return self.centre + local @ self.axes


@dataclass(frozen=True)
class Points:
    """Points of a spacecraft, in its own coordinates.

    Attributes:
        positions: (N, 3), in metres.
        normals: (N, 3), where a surface looks; zeros for points that scatter to all sides.
        amplitudes: (N,), complex, as seen from the front: the root of the cross section.
    """

    positions: Array
    normals: Array
    amplitudes: NDArray[np.complex128]

    @staticmethod
    def join(parts: list['Points']) -> 'Points':
        """Return all points of several groups."""
        names = ('positions', 'normals', 'amplitudes')
        return Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def speckled(
    positions: Array,
    strength: float | Array,
    generator: np.random.Generator,
    normals: Array | None = None,
    steady: bool = False,
) -> Points:
    """Give points a phase and an amplitude.

    Args:
        positions: (N, 3).
        strength: Root of the mean cross section, of each point or of all.
        generator: Source of all random numbers.
        normals: (N, 3) or (3,). Default: points that scatter to all sides.
        steady: Equal amplitudes (corners, nodes) in place of Rayleigh's (rough surfaces).
    """
    count = len(positions)
    phases = np.exp(2j * np.pi * generator.random(count))
    spread = 1.0 if steady else generator.rayleigh(np.sqrt(0.5), count)
    directions = np.zeros(3) if normals is None else normals
    return Points(
        np.asarray(positions, float),
        np.broadcast_to(directions, (count, 3)).astype(float),
        strength * spread * phases,
    )
