"""The parts that spacecraft are made of, as points that scatter and boxes that hide.

Coordinates: z is up, the panels go along +-y, the front is +x; all in metres. Strengths are roots
of cross sections of a point, of the order of 1 for a rough surface; corners, nodes and a feed are
several times as strong.
"""

import numpy as np

from mmsar.simulation.isar.scatterers import Array, Box, Points, speckled

Parts = tuple[list[Points], list[Box]]

_SPACING = 0.22  # between the points of a surface
_JITTER = 0.25  # of it: surfaces are no lattices


def bus(size: tuple[float, float, float], generator: np.random.Generator) -> Parts:
    """Return the body: rough faces, edges, and corners that are bright."""
    half = np.array(size) / 2
    box = Box(np.zeros(3), half)
    groups = [_faces(box, 1.0, generator)]
    for axis in range(3):
        ends = np.array([(a, b) for a in (-1, 1) for b in (-1, 1)], float)
        signs = np.insert(ends, axis, 0, axis=1)  # the four edges along this axis
        along = np.linspace(-half[axis], half[axis], max(3, round(size[axis] / 0.3)))
        lines = np.repeat(signs * half, len(along), axis=0)
        lines[:, axis] = np.tile(along, 4)
        groups.append(speckled(lines, 1.8, generator))
    corners = half * np.array([(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    groups.append(speckled(corners, 4.0, generator, steady=True))
    # Equipment on the walls: a few strong points
    count = generator.integers(3, 8)
    walls, sign = generator.integers(0, 3, count), generator.choice([-1.0, 1.0], count)
    places = generator.uniform(-0.8, 0.8, (count, 3)) * half
    places[np.arange(count), walls] = sign * (half[walls] + 0.05)
    return [*groups, speckled(places, 3.5, generator, steady=True)], [box]


def panel(
    root: Array, length: float, width: float, tilt: float, side: int, generator: np.random.Generator
) -> Parts:
    """Return a solar panel: two rough faces, bright hinges and frames between its segments.

    Args:
        root: (3,), where its arm leaves the body.
        length: Along +-y.
        width: Across.
        tilt: About the arm, in radians.
        side: 1 or -1: to which side it goes.
        generator: Source of all random numbers.
    """
    arm = 0.6
    cos, sin = np.cos(tilt), np.sin(tilt)
    axes = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    centre = np.asarray(root) + np.array([0, side * (arm + length / 2), 0])
    box = Box(centre, np.array([width / 2, length / 2, 0.03]), axes)
    groups = [_faces(box, 0.55, generator, spacing=0.28, only=2)]
    frames = np.linspace(-length / 2, length / 2, max(2, round(length / 1.2)) + 1)
    across = np.linspace(-width / 2, width / 2, max(3, round(width / 0.3)))
    grid = np.stack(np.meshgrid(across, frames, [0.0], indexing='ij'), -1).reshape(-1, 3)
    groups.append(speckled(box.place(grid), 1.3, generator))
    rails = np.linspace(-length / 2, length / 2, max(3, round(length / 0.3)))
    grid = np.stack(np.meshgrid([-width / 2, width / 2], rails, [0.0], indexing='ij'), -1)
    groups.append(speckled(box.place(grid.reshape(-1, 3)), 1.0, generator))
    hinges = np.array([[0, y, 0] for y in frames])
    groups.append(speckled(box.place(hinges), 2.5, generator, steady=True))
    return groups, [box]


def dish(centre: Array, diameter: float, axis: Array, generator: np.random.Generator) -> Parts:
    """Return an antenna: a paraboloid, its rim, and a bright feed in the focus."""
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    u = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    u /= np.linalg.norm(u)
    v, radius, focal = np.cross(axis, u), diameter / 2, 0.4 * diameter

    def lift(r: Array, angle: Array) -> Array:
        flat = np.outer(r * np.cos(angle), u) + np.outer(r * np.sin(angle), v)
        return np.asarray(centre) + flat + np.outer(r**2 / (4 * focal), axis)

    count = max(12, round((diameter / _SPACING) ** 2))
    r = radius * np.sqrt(generator.random(count))
    angle = generator.uniform(0, 2 * np.pi, count)
    rim = np.linspace(0, 2 * np.pi, max(12, round(np.pi * diameter / 0.3)), endpoint=False)
    feed = np.asarray(centre) + focal * axis
    groups = [
        speckled(lift(r, angle), 0.8, generator, normals=axis),
        speckled(lift(r, angle), 0.5, generator, normals=-axis),
        speckled(lift(np.full(len(rim), radius), rim), 1.2, generator),
        speckled(feed[None], 4.0, generator, steady=True),
    ]
    return groups, []


def boom(start: Array, end: Array, generator: np.random.Generator) -> Parts:
    """Return a rod: a faint line, with a bright instrument at its end."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    count = max(4, round(float(np.linalg.norm(end - start)) / 0.25))
    line = start + np.linspace(0, 1, count)[:, None] * (end - start)
    return [
        speckled(line, 0.7, generator),
        speckled(end[None], 3.5, generator, steady=True),
    ], []


def truss(start: Array, end: Array, width: float, generator: np.random.Generator) -> Parts:
    """Return a girder of square section: nodes at equal steps, which are bright, and struts."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = float(np.linalg.norm(end - start))
    axis = (end - start) / length
    u = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    bays = max(2, round(length / width))
    along = start + np.linspace(0, length, bays + 1)[:, None] * axis
    corners = width / 2 * np.array([u + v, v - u, -u - v, u - v])
    nodes = along[:, None] + corners  # (bays + 1, 4, 3)
    middles = np.concatenate(
        [
            (nodes[:-1] + nodes[1:]) / 2,
            (nodes[:-1] + np.roll(nodes[1:], 1, axis=1)) / 2,
        ]
    )
    return [
        speckled(nodes.reshape(-1, 3), 1.6, generator, steady=True),
        speckled(middles.reshape(-1, 3), 0.7, generator),
    ], []


def _faces(
    box: Box,
    strength: float,
    generator: np.random.Generator,
    spacing: float = _SPACING,
    only: int | None = None,
) -> Points:
    """Return points on the faces of a box, or on the two across one axis."""
    found = []
    for axis in range(3) if only is None else [only]:
        others = [other for other in range(3) if other != axis]
        sides = [np.linspace(-h, h, max(2, round(2 * h / spacing) + 1)) for h in box.half[others]]
        grid = np.stack(np.meshgrid(*sides, indexing='ij'), -1).reshape(-1, 2)
        for sign in (-1, 1):
            local = np.zeros((len(grid), 3))
            local[:, others] = grid + generator.normal(0, _JITTER * spacing, grid.shape)
            local[:, axis] = sign * box.half[axis]
            normal = sign * box.axes[axis]
            found.append(speckled(box.place(local), strength, generator, normals=normal))
    return Points.join(found)
