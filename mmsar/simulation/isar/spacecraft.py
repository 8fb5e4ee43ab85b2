"""Spacecraft of a few parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.simulation.isar.parts import Parts, boom, bus, dish, panel, truss
from mmsar.simulation.isar.scatterers import Array, Box, Points
from mmsar.simulation.isar.visibility import seen_amplitudes


@dataclass(frozen=True)
class Design:
    """What a spacecraft is made of; lengths in metres, 0 for parts that are not there.

    Attributes:
        bus: Sides along x, y, z.
        panels: 0 to 4: one side, both, and a second row above.
        panel_length: Away from the body.
        panel_width: Across.
        panel_tilt: In degrees.
        dish: Diameter.
        boom: Length.
        truss: Length of a girder on which the panels stand, along y, on both sides.
    """

    bus: tuple[float, float, float] = (1.8, 1.6, 2.2)
    panels: int = 2
    panel_length: float = 3.0
    panel_width: float = 1.4
    panel_tilt: float = 20.0
    dish: float = 0.0
    boom: float = 0.0
    truss: float = 0.0

    def __post_init__(self) -> None:
        sizes = (*self.bus, self.panel_length, self.panel_width)
        if len(self.bus) != 3 or min(sizes) <= 0 or min(self.dish, self.boom, self.truss) < 0:
            raise ConfigError(
                f'{self}: bus has three sides above zero, panels a length and a width above zero, '
                'and no part is shorter than zero'
            )
        if self.panels not in range(5):
            raise ConfigError(f'Design: panels={self.panels}; give 0 to 4')


@dataclass(frozen=True)
class Spacecraft:
    """Points and solid boxes.

    Attributes:
        points: In coordinates whose origin is the middle of all points.
        boxes: Likewise.
    """

    points: Points
    boxes: list[Box]

    @property
    def radius(self) -> float:
        """Of the sphere around it, in metres."""
        return float(np.linalg.norm(self.points.positions, axis=1).max())

    def seen_from(self, view: 'View') -> tuple[Array, Array, NDArray[np.complex128]]:
        """Return x (away from the radar), y (across) and complex amplitudes of what is seen."""
        amplitudes = seen_amplitudes(self.points, self.boxes, view.to_radar)
        seen = amplitudes != 0
        places = self.points.positions[seen]
        return -places @ view.to_radar, places @ view.across, amplitudes[seen]


@dataclass(frozen=True)
class View:
    """From where the radar looks, and how the target turns.

    Attributes:
        to_radar: (3,), towards the radar in the middle of the aperture, of unit length.
        across: (3,), the direction of cross-range: at right angles to it and to the axis of the
            effective rotation, of unit length. What lies along that axis is not resolved.
    """

    to_radar: Array
    across: Array


def draw_view(generator: np.random.Generator) -> View:
    """Draw a view, all directions alike."""
    to_radar = generator.standard_normal(3)
    to_radar /= np.linalg.norm(to_radar)
    across = generator.standard_normal(3)
    across -= (across @ to_radar) * to_radar
    return View(to_radar, across / np.linalg.norm(across))


def build_spacecraft(design: Design, generator: np.random.Generator) -> Spacecraft:
    """Build a spacecraft; the generator draws the roughness of its surfaces."""
    half = np.array(design.bus) / 2
    parts: list[Parts] = [bus(design.bus, generator)]
    heights = [0.0] if design.panels < 3 else [-0.45, 0.45]
    reach = half[1] + design.truss
    for number in range(design.panels):
        side = (1, -1)[number % 2]
        root = np.array([0.0, side * reach, heights[number // 2] * 2 * half[2]])
        settings = (design.panel_length, design.panel_width, np.radians(design.panel_tilt))
        parts.append(panel(root, *settings, side, generator))
    if design.truss:
        for side in (1, -1):
            start, end = (np.array([0, side * y, 0]) for y in (half[1], reach))
            parts.append(truss(start, end, 0.5, generator))
    if design.dish:
        place = np.array([half[0] + 0.15, 0, 0.2 * half[2]])
        parts.append(dish(place, design.dish, np.array([1.0, 0.2, 0.3]), generator))
    if design.boom:
        foot = np.array([0, 0, -half[2]])
        parts.append(boom(foot, foot - np.array([0.2, 0, 1.0]) * design.boom, generator))
    points = Points.join([group for groups, _ in parts for group in groups])
    middle = (points.positions.min(0) + points.positions.max(0)) / 2
    moved = Points(points.positions - middle, points.normals, points.amplitudes)
    boxes = [Box(b.centre - middle, b.half, b.axes) for _, found in parts for b in found]
    return Spacecraft(moved, boxes)


def draw_design(generator: np.random.Generator) -> Design:
    """Draw a design of up to some 13 m."""
    uniform = generator.uniform
    x, y, z = (float(side) for side in uniform((1.0, 1.0, 1.2), (2.6, 2.4, 3.4)))
    return Design(
        bus=(x, y, z),
        panels=int(generator.choice([0, 1, 2, 3, 4], p=[0.05, 0.15, 0.6, 0.05, 0.15])),
        panel_length=float(uniform(2.0, 4.0)),
        panel_width=float(uniform(0.9, 2.2)),
        panel_tilt=float(uniform(-90, 90)),
        dish=float(uniform(0.8, 2.6) * (generator.random() < 0.5)),
        boom=float(uniform(1.0, 4.0) * (generator.random() < 0.4)),
        truss=float(uniform(0.5, 1.0) * (generator.random() < 0.2)),
    )
