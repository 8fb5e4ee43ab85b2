"""Parts of an aircraft as scattering points: what reflects, and in which direction."""

import numpy as np

from mmsar.simulation.aircraft.airframe import Airframe, Engine, Surface
from mmsar.simulation.aircraft.points import AircraftPoints, cluster, line

_LEFT, _RIGHT, _BACK = np.pi / 2, -np.pi / 2, np.pi


def airframe_points(
    airframe: Airframe, length: float, span: float, generator: np.random.Generator
) -> AircraftPoints:
    """Draw the scattering points of an aircraft.

    Args:
        airframe: Its type.
        length: Factor of all lengths along it.
        span: Factor of all lengths across it.
        generator: Source of all random numbers.

    Returns:
        Points whose centre is the middle of the fuselage.
    """
    middle = airframe.length / 2
    parts = [
        *_fuselage(airframe, generator),
        *_surface(airframe.wing, middle, 0.5 * airframe.width, 0.0, generator),
        *_surface(airframe.tail, middle, 0.0, -1.0, generator),
        *_fins(airframe, generator),
    ]
    for engine in airframe.engines:
        parts += _engine(engine, middle, generator)
    for place, side in airframe.gear:
        for across in _both(side):
            parts.append(cluster((middle - place, across, 0.5), 0.4, 3, 8, generator))
    points = AircraftPoints.join(parts)
    strength = 10 ** (airframe.strength_db / 10)
    return AircraftPoints(
        points.along * length, points.across * span, points.height,
        points.base * strength, points.flash * strength, points.normal, points.width,
    )  # fmt: skip


def _fuselage(airframe: Airframe, generator: np.random.Generator) -> list[AircraftPoints]:
    half, radius, axis = airframe.length / 2, airframe.width / 2, airframe.height
    nose, end = 0.86 * half, -0.8 * half
    parts = [line((half, 0, axis), (-half, 0, axis + radius), -2, -99, np.nan, 30, generator, 1.5)]
    for across, normal in ((radius, _LEFT), (-radius, _RIGHT)):
        # The round side, and the corner that it forms with the ground.
        side = (nose, across, axis), (end, across, axis)
        parts.append(line(*side, -1, 13, normal, 6, generator))
        corner = (nose, across, 0.0), (end, across, 0.0)
        parts.append(line(*corner, -6, 6, normal, 14, generator))
        root = airframe.length / 2 - airframe.wing.start - 0.5 * airframe.wing.chord
        parts.append(cluster((root, across, axis), 1.0, 4, 7, generator, 12, normal, 50))
    parts.append(cluster((0.93 * half, 0, axis), 0.5, 4, 5, generator, 13, 0.0, 35))
    parts.append(cluster((-0.97 * half, 0, axis), 0.4, 3, 4, generator, 10, _BACK, 35))
    return parts


def _surface(
    surface: Surface, middle: float, root: float, level: float, generator: np.random.Generator
) -> list[AircraftPoints]:
    """Return leading and trailing edges and tips, left and right, ``level`` dB stronger."""
    half = surface.span / 2
    slope = np.tan(np.radians(surface.sweep))
    back = slope + (surface.tip_chord - surface.chord) / half  # of the trailing edge
    parts = []
    for sign in (1.0, -1.0):
        tip = middle - surface.start - slope * half
        leading = (middle - surface.start - slope * root, sign * root, surface.height)
        # Normals stand upright on the edges.
        normal = sign * np.arctan(slope)
        outer = (tip, sign * half, surface.height)
        parts.append(line(leading, outer, level - 2, level + 11, normal, 5, generator))
        inner = (middle - surface.start - surface.chord - back * root, sign * root, surface.height)
        outer = (tip - surface.tip_chord, sign * half, surface.height)
        normal = np.pi + sign * np.arctan(back)
        parts.append(line(inner, outer, level - 1, level + 8, normal, 7, generator))
        outer = (tip - surface.tip_chord / 2, sign * half, surface.height)
        parts.append(cluster(outer, 0.4, 2, level + 4, generator, level + 7, sign * _LEFT, 50))
    return parts


def _fins(airframe: Airframe, generator: np.random.Generator) -> list[AircraftPoints]:
    fin, middle = airframe.fin, airframe.length / 2
    bottom = airframe.height + airframe.width / 2
    parts = []
    for across in _both(fin.side):
        for share in (0.1, 0.5, 0.9):
            # Swept: its upper parts are further back and shorter.
            front = middle - fin.start - 0.6 * share * fin.chord
            rear = front - (1 - 0.6 * share) * fin.chord
            height = bottom + share * (fin.top - bottom)
            for normal in (_LEFT, _RIGHT):
                points = (front, across, height), (rear, across, height)
                parts.append(line(*points, -3, 12, normal, 7, generator))
        corner = (middle - fin.start - 0.5 * fin.chord, across, bottom)
        parts.append(cluster(corner, 0.6, 3, 5, generator))
    return parts


def _engine(engine: Engine, middle: float, generator: np.random.Generator) -> list[AircraftPoints]:
    level = engine.strength_db
    parts = []
    for across in _both(engine.side):
        inlet = (middle - engine.inlet, across, engine.height)
        # The duct sends everything back that enters it.
        parts.append(cluster(inlet, 0.3, 3, level - 9, generator, level, 0.0, 40))
        nozzle = (middle - engine.nozzle, across, engine.height)
        parts.append(cluster(nozzle, 0.3, 3, level - 10, generator, level - 2, _BACK, 35))
        for normal in (_LEFT, _RIGHT):
            parts.append(line(inlet, nozzle, level - 18, level - 6, normal, 15, generator))
        if engine.propeller:
            for tip in (2.0, -2.0):
                hub = (middle - engine.inlet + 0.5, across + tip / 2, engine.height)
                parts.append(cluster(hub, 0.8, 3, level - 8, generator, level - 4, 0.0, 25))
    return parts


def _both(side: float) -> tuple[float, ...]:
    """Return both sides, or the centre line once."""
    return (side, -side) if side else (0.0,)
