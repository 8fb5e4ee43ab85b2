"""The ground on which aircraft stand: an apron, grass beside it, lights and vehicles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmsar.simulation.aircraft.chip_sensor import ChipSensor
from mmsar.simulation.clutter import gamma_texture
from mmsar.simulation.imaging import Scatterers

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Airfield:
    """Layout of the ground around the middle of a chip.

    Attributes:
        edges: (E, 2): grass begins at a distance, in metres, in a direction, in radians.
        points: (N, 3): metres south and east, radar cross section in square metres, of vehicles
            and lights.
        levels: Deviation of apron and grass from their mean backscatter, in standard deviations.
    """

    edges: Array
    points: Array
    levels: Array


def draw_airfield(radius: float, generator: np.random.Generator) -> Airfield:
    """Draw the ground around an aircraft of a radius in metres."""
    edges = []
    direction = generator.uniform(0, 2 * np.pi)
    for turn in (0.0, np.pi, np.pi / 2):
        if generator.random() < 0.4:
            distance = radius * generator.uniform(0.75, 1.2) + generator.uniform(3, 14)
            edges.append((distance, direction + turn))
    points = [np.zeros((0, 3))]
    for distance, angle in edges:
        # Lights along the edge of the pavement.
        along = generator.uniform(0, 15) + 15.0 * np.arange(-4, 4)
        south = distance * np.sin(angle) + along * np.cos(angle)
        east = distance * np.cos(angle) - along * np.sin(angle)
        points.append(np.stack([south, east, generator.exponential(0.4, along.size)], 1))
    for _ in range(generator.integers(0, 4)):
        # A vehicle: some points on 5 m.
        distance, angle = radius * generator.uniform(0.5, 1.3) + 4, generator.uniform(0, 2 * np.pi)
        places = distance * np.array([np.sin(angle), np.cos(angle)]) + generator.normal(
            0, 1.5, (4, 2)
        )
        rcs = generator.exponential(10 ** (generator.uniform(-2, 7) / 10), (4, 1))
        points.append(np.concatenate([places, rcs], 1))
    return Airfield(
        np.array(edges).reshape(-1, 2), np.concatenate(points), generator.normal(size=2)
    )


def ground(
    airfield: Airfield,
    sensor: ChipSensor,
    size: int,
    spacing: float,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw the backscatter (size, size) of the ground as a sensor sees it, linear."""
    axis = (np.arange(size) - (size - 1) / 2) * spacing
    grass = np.zeros((size, size), bool)
    for distance, angle in airfield.edges:
        grass |= axis[:, None] * np.sin(angle) + axis * np.cos(angle) > distance
    apron_db, grass_db = (
        mean + 1.5 * level
        for mean, level in zip((sensor.apron_db, sensor.grass_db), airfield.levels, strict=True)
    )
    result = 10 ** (apron_db / 10) * gamma_texture((size, size), 12.0, 4.0, generator)
    if grass.any():
        rough = 10 ** (grass_db / 10) * gamma_texture((size, size), 6.0, 1.5, generator)
        result = np.where(grass, rough, result)
    return result.astype(np.float32)


def ground_points(airfield: Airfield, size: int, spacing: float) -> Scatterers:
    """Return vehicles and lights, in pixels."""
    middle = (size - 1) / 2
    south, east, rcs = airfield.points.T
    return Scatterers(south / spacing + middle, east / spacing + middle, rcs)
