"""Ports and coasts: where there is water, land, a quay, and where ships lie.

A scene is geometry; :mod:`mmsar.simulation.port_views` draws what a radar and a camera see of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from mmsar.simulation.ship import Ship

KINDS = ('sea', 'coast', 'port')


@dataclass(frozen=True)
class Stack:
    """A block of containers, a warehouse or a crane on land: bright, and ship-sized.

    Attributes:
        row: Of its centre, in pixels.
        column: Of its centre, in pixels.
        length: In pixels.
        width: In pixels.
        heading: Direction of its length, in radians, as of a ship.
    """

    row: float
    column: float
    length: float
    width: float
    heading: float

    def mask(
        self, shape: tuple[int, int], shift: tuple[float, float] = (0.0, 0.0)
    ) -> NDArray[np.bool_]:
        """Return its pixels, moved by some rows and columns."""
        rows, columns = np.mgrid[: shape[0], : shape[1]]
        rows, columns = rows - self.row - shift[0], columns - self.column - shift[1]
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        along, across = columns * cos + rows * sin, rows * cos - columns * sin
        return (np.abs(along) <= self.length / 2) & (np.abs(across) <= self.width / 2)


@dataclass(frozen=True)
class PortScene:
    """Geometry of a scene.

    Attributes:
        kind: One of :data:`KINDS`.
        land: (H, W), bool; quays and piers included.
        paved: (H, W), bool; quays, piers and the ground behind the quay.
        stacks: Bright things on land.
        buoys: (N, 2), rows and columns of small bright things on the water.
        ships: The ships; none overlaps land or another.
    """

    kind: str
    land: NDArray[np.bool_]
    paved: NDArray[np.bool_]
    stacks: tuple[Stack, ...]
    buoys: NDArray[np.float64]
    ships: tuple[Ship, ...]


def simulate_port(
    size: int,
    generator: np.random.Generator,
    kind: str | None = None,
    max_ships: int = 8,
    lengths: tuple[float, float] = (14.0, 64.0),
) -> PortScene:
    """Draw the geometry of a scene.

    Args:
        size: Height and width in pixels, at least 128.
        generator: Source of all random numbers.
        kind: One of :data:`KINDS`. Default: drawn; most scenes are ports.
        max_ships: At most this many ships, at least one.
        lengths: Of the ships, in pixels.

    Raises:
        ValueError: The scene is too small, or the kind unknown.
    """
    if size < 128:
        raise ValueError(f'size={size}: a scene needs at least 128 pixels a side')
    kind = kind or str(generator.choice(KINDS, p=(0.15, 0.25, 0.6)))
    if kind not in KINDS:
        raise ValueError(f'kind={kind!r}: choose one of {", ".join(KINDS)}')
    shape = (size, size)
    land, paved = np.zeros(shape, bool), np.zeros(shape, bool)
    berths: list[tuple[float, float, float, float]] = []
    heading = generator.uniform(0, 2 * np.pi)
    inland = _distance_inland(shape, heading, generator) if kind != 'sea' else None
    if kind == 'coast' and inland is not None:
        rough = gaussian_filter(generator.standard_normal(shape), 12, mode='wrap')
        land = inland + 9 * rough / rough.std() > 0
    if kind == 'port' and inland is not None:
        land = inland > 0
        paved = land & (inland < generator.uniform(25, 50))
        piers, berths = _piers(shape, heading, inland, generator)
        berths += _quay_berths(shape, heading, inland)
        land |= piers
        paved |= piers
    stacks = _stacks(land, paved, heading, generator)
    ships = _ships(land, berths, generator, max_ships, lengths)
    if not ships:  # a crowded scene without room: another draw of the same stream
        return simulate_port(size, generator, kind, max_ships, lengths)
    water = np.argwhere(distance_transform_edt(~land) > 6)
    count = min(int(generator.integers(0, 5)), len(water))
    buoys = water[generator.choice(len(water), count, replace=False)].astype(float)
    return PortScene(kind, land, paved, tuple(stacks), buoys, tuple(ships))


def _distance_inland(
    shape: tuple[int, int], heading: float, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return the distance from a straight shore, positive on land."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    offset = generator.uniform(-0.02, 0.22) * shape[0]
    along = (columns - shape[1] / 2) * np.cos(heading) + (rows - shape[0] / 2) * np.sin(heading)
    return np.asarray(along - offset)


def _piers(
    shape: tuple[int, int],
    heading: float,
    inland: NDArray[np.float64],
    generator: np.random.Generator,
) -> tuple[NDArray[np.bool_], list[tuple[float, float, float, float]]]:
    """Draw piers at right angles to the quay; a berth on each side of each."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    beside = (rows - shape[0] / 2) * np.cos(heading) - (columns - shape[1] / 2) * np.sin(heading)
    piers = np.zeros(shape, bool)
    berths = []
    place = -0.5 * shape[0] + generator.uniform(0, 40)
    offset = float(inland[shape[0] // 2, shape[1] // 2])
    while place < 0.5 * shape[0]:
        length, width = generator.uniform(45, 100), generator.uniform(7, 13)
        piers |= (np.abs(beside - place) < width / 2) & (inland <= 0) & (inland > -length)
        for side in (-1, 1):
            # A point half-way along the pier: distances along `heading` from the centre.
            along, across = -length / 2 - offset, place + side * width / 2
            berths.append((along, across, heading, float(side)))
        place += width + generator.uniform(45, 110)
    centre = shape[0] / 2
    return piers, [
        (
            centre + along * np.sin(h) + across * np.cos(h),
            centre + along * np.cos(h) - across * np.sin(h),
            h,
            side,
        )
        for along, across, h, side in berths
    ]


def _quay_berths(
    shape: tuple[int, int], heading: float, inland: NDArray[np.float64]
) -> list[tuple[float, float, float, float]]:
    """Return berths along the quay: row, column, direction of the wall, side of the water."""
    centre, offset = shape[0] / 2, float(inland[shape[0] // 2, shape[1] // 2])
    berths = []
    for across in np.arange(-0.4, 0.45, 0.2) * shape[0]:
        row = centre - offset * np.sin(heading) + across * np.cos(heading)
        column = centre - offset * np.cos(heading) - across * np.sin(heading)
        berths.append((row, column, heading + np.pi / 2, 1.0))
    return berths


def _stacks(
    land: NDArray[np.bool_],
    paved: NDArray[np.bool_],
    heading: float,
    generator: np.random.Generator,
) -> list[Stack]:
    """Put blocks on paved ground, and some houses on the rest of the land."""
    stacks = []
    depth = distance_transform_edt(land)
    for area, count in ((paved & (depth > 4), 14), (land & ~paved & (depth > 8), 10)):
        places = np.argwhere(area)
        if not len(places):
            continue
        for row, column in places[generator.integers(0, len(places), count)]:
            turn = generator.choice([0.0, np.pi / 2])
            length = generator.uniform(8, 40)
            stack = Stack(
                float(row), float(column), length, generator.uniform(3, 9), heading + turn
            )
            if not (stack.mask(land.shape) & ~land).any():
                stacks.append(stack)
    return stacks


def _ships(
    land: NDArray[np.bool_],
    berths: list[tuple[float, float, float, float]],
    generator: np.random.Generator,
    max_ships: int,
    lengths: tuple[float, float],
) -> list[Ship]:
    """Put ships at berths and at sea, where they overlap neither land nor another ship."""
    size = land.shape[0]
    ships: list[Ship] = []
    taken = np.zeros_like(land)
    wanted = int(generator.integers(1, max_ships + 1))
    for _ in range(40):
        if len(ships) == wanted:
            break
        length = float(np.exp(generator.uniform(*np.log(lengths))))
        width = length / generator.uniform(4.5, 7) + 1.5
        moored = bool(berths) and generator.random() < 0.7
        if moored:
            row, column, wall, side = berths[generator.integers(len(berths))]
            slide = generator.uniform(-15, 15)
            gap = side * (width / 2 + generator.uniform(0.3, 1.5))
            row += slide * np.sin(wall) + gap * np.cos(wall)
            column += slide * np.cos(wall) - gap * np.sin(wall)
            heading, smear = wall + generator.choice([0.0, np.pi]), 0.0
        else:
            row, column = generator.uniform(0.06 * size, 0.94 * size, 2)
            heading = generator.uniform(0, 2 * np.pi)
            smear = max(0.0, generator.uniform(-6, 8))
        level = generator.uniform(-1, 9)
        ship = Ship(row, column, length, width, float(heading), level, smear, moored)
        x1, y1, x2, y2 = ship.box()
        hull = ship.mask(land.shape)
        inside = min(x1, y1) > 1 and max(x2, y2) < size - 1
        if inside and not (hull & land).any() and not (ship.mask(land.shape, 2) & taken).any():
            ships.append(ship)
            taken |= hull
    return ships
