"""Ships: their outline, their point scatterers, their deck."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmsar.simulation.imaging import Scatterers


@dataclass(frozen=True)
class Ship:
    """A ship.

    Attributes:
        row: Of its centre, in pixels.
        column: Of its centre, in pixels.
        length: In pixels.
        width: In pixels.
        heading: Of its bow, in radians from the direction of columns to that of rows.
        rcs_db: Radar cross section of the whole ship per square metre of deck, in decibels.
        smear: Length of the smear along azimuth (rows) by its motion, in pixels.
        moored: Whether it lies at a quay.
    """

    row: float
    column: float
    length: float
    width: float
    heading: float
    rcs_db: float
    smear: float = 0.0
    moored: bool = False

    def local(
        self, rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the coordinates along the ship (bow: +length / 2) and across it."""
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        along = (columns - self.column) * cos + (rows - self.row) * sin
        across = (rows - self.row) * cos - (columns - self.column) * sin
        return along, across

    def image(
        self, along: NDArray[np.float64], across: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return rows and columns of points on the ship."""
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        return self.row + along * sin + across * cos, self.column + along * cos - across * sin

    def mask(self, shape: tuple[int, int], margin: float = 0.0) -> NDArray[np.bool_]:
        """Return the pixels of its hull, which tapers towards the bow, or within a margin of it."""
        rows, columns = np.mgrid[: shape[0], : shape[1]]
        along, across = self.local(rows, columns)
        half = half_width(self, along) + margin
        return (np.abs(along) <= self.length / 2 + margin) & (np.abs(across) <= half)

    def box(self) -> tuple[float, float, float, float]:
        """Return x1, y1, x2, y2 of the hull, in pixels counted from the edge of the image."""
        along = np.linspace(-self.length / 2, self.length / 2, 65)
        half = half_width(self, along)
        rows, columns = self.image(np.tile(along, 2), np.concatenate([half, -half]))
        return (
            float(columns.min() + 0.5),
            float(rows.min() + 0.5),
            float(columns.max() + 0.5),
            float(rows.max() + 0.5),
        )


def half_width(ship: Ship, along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return half the width of the hull: full up to the last quarter, then narrowing to the bow."""
    to_bow = np.clip((ship.length / 2 - along) / (ship.length / 4), 0, 1)
    return ship.width / 2 * np.sqrt(to_bow)


def ship_scatterers(ship: Ship, spacing: float, generator: np.random.Generator) -> Scatterers:
    """Draw the point scatterers of a ship.

    The side that faces the radar (towards small columns) reflects from the corner of hull and
    water; the superstructure at the stern holds the strongest points; hatches and cranes stand in
    a row amidships; the rest of the deck is weak.

    Args:
        ship: The ship.
        spacing: Of the pixels, in metres.
        generator: Source of all random numbers.
    """
    half = ship.length / 2
    groups = []  # along, across, relative strength
    along = generator.uniform(-half, half, max(8, round(2 * ship.length)))
    side = np.sign(np.sin(ship.heading)) or 1.0
    # across > 0 lies at columns - across * sin(heading): towards the radar where sin > 0.
    faces = np.abs(np.sin(ship.heading))
    groups.append((along, side * half_width(ship, along), np.full(along.size, 0.3 + faces)))
    along = generator.uniform(-half, half, max(8, round(ship.length)))
    across = generator.uniform(-1, 1, along.size) * half_width(ship, along)
    groups.append((along, across, np.full(along.size, 0.25)))
    count = max(4, round(ship.width * 1.5))
    along = generator.uniform(-0.95, -0.7, count) * half
    across = generator.uniform(-0.4, 0.4, count) * ship.width
    groups.append((along, across, np.full(count, 3.0)))
    hatches = np.linspace(-0.55, 0.7, generator.integers(2, 6)) * half
    groups.append((hatches, np.zeros(hatches.size), np.full(hatches.size, 2.0)))
    along, across, strength = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    strength = strength * generator.exponential(1.0, strength.size)
    total = 10 ** (ship.rcs_db / 10) * ship.length * ship.width * spacing**2
    rows, columns = ship.image(along, across)
    points = Scatterers(rows, columns, strength * (total / strength.sum()))
    return smeared(points, ship.smear, generator)


def smeared(points: Scatterers, smear: float, generator: np.random.Generator) -> Scatterers:
    """Spread each point along azimuth, as motion during the aperture does; the RCS is kept."""
    copies = max(1, round(2 * smear))
    if copies == 1:
        return points
    shift = generator.uniform(-smear / 2, smear / 2, (copies, 1))
    return Scatterers(
        (points.rows + shift).ravel(),
        np.tile(points.columns, copies),
        np.tile(points.rcs / copies, copies),
    )
