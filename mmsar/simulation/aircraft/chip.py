"""Chips of aircraft as a sensor takes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmsar.simulation.aircraft.airfield import Airfield, draw_airfield, ground, ground_points
from mmsar.simulation.aircraft.chip_sensor import ChipSensor
from mmsar.simulation.aircraft.individual import Aircraft, draw_aircraft
from mmsar.simulation.aircraft.silhouette import silhouettes
from mmsar.simulation.imaging import Scatterers, multilook, simulate_looks

SIZE, SPACING = 64, 1.2  # pixels, metres
_BORDER = 8  # pixels around a chip from which sidelobes still reach it


@dataclass(frozen=True)
class AircraftScene:
    """An aircraft and the ground on which it stands."""

    aircraft: Aircraft
    airfield: Airfield


def draw_scene(
    name: str, generator: np.random.Generator, heading: float | None = None
) -> AircraftScene:
    """Draw an aircraft of a type on an airfield.

    Args:
        name: One of those in :data:`mmsar.simulation.aircraft.TYPES`.
        generator: Source of all random numbers.
        heading: In radians. Default: any.
    """
    aircraft = draw_aircraft(name, generator, heading=heading)
    return AircraftScene(aircraft, draw_airfield(aircraft.radius, generator))


def simulate_chip(
    scene: AircraftScene,
    sensor: ChipSensor,
    generator: np.random.Generator,
    size: int = SIZE,
    spacing: float = SPACING,
) -> NDArray[np.float32]:
    """Simulate the amplitude image of a scene.

    The complex image is formed at the sampling that the sensor needs; its intensity is averaged
    over the looks and sampled at the pixels of the chip.

    Args:
        scene: What is seen.
        sensor: How.
        generator: Source of what differs between two images of the scene: speckle, noise, the
            texture of the ground, the fluctuation of points.
        size: Rows and columns.
        spacing: Of the pixels, in metres.

    Returns:
        (size, size); its square is sigma nought plus noise, linear.
    """
    sigma0 = ground(scene.airfield, sensor, size, spacing, generator)
    covered, dark = silhouettes(scene.aircraft, size, spacing, sensor.incidence)
    sigma0[dark] *= 0.02
    sigma0[covered] = 10 ** (sensor.body_db / 10)
    parts = [
        aircraft_scatterers(scene.aircraft, sensor, size, spacing, generator),
        ground_points(scene.airfield, size, spacing),
    ]
    points = _near(Scatterers.join(parts), size)
    factor = sensor.oversampling(spacing)
    fine = sigma0.repeat(factor, 0).repeat(factor, 1)
    scaled = Scatterers(points.rows * factor, points.columns * factor, points.rcs)
    intensity = multilook(simulate_looks(fine, scaled, sensor.sampled(spacing), generator))
    return np.sqrt(intensity[::factor, ::factor])


def aircraft_scatterers(
    aircraft: Aircraft,
    sensor: ChipSensor,
    size: int,
    spacing: float,
    generator: np.random.Generator,
) -> Scatterers:
    """Return the scattering points of an aircraft as a sensor sees them, in pixels of the chip."""
    points = aircraft.points
    layover = -1 / np.tan(np.radians(sensor.incidence))
    above = points.height - aircraft.airframe.height
    south, east = aircraft.place(points.along, points.across, above, layover)
    rcs = points.rcs(aircraft.aspect, sensor.sampled(spacing).wavelength)
    # No two images of an aircraft show its points equally strong.
    rcs = rcs * 10 ** (generator.normal(0, 2.0, rcs.size) / 10)
    middle = (size - 1) / 2
    return Scatterers(south / spacing + middle, east / spacing + middle, rcs)


def _near(points: Scatterers, size: int) -> Scatterers:
    """Return the points on the chip or close to it."""
    inside = np.ones(points.rcs.size, bool)
    for place in (points.rows, points.columns):
        inside &= (place > -_BORDER) & (place < size - 1 + _BORDER)
    return Scatterers(points.rows[inside], points.columns[inside], points.rcs[inside])
