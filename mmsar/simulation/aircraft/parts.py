"""Parts of an aircraft: what reflects, how strongly, and in which direction."""

from functools import lru_cache
from math import dist, log10, nan, pi

import numpy as np

from mmsar.simulation.aircraft.airframe import Airframe, Engine, Surface
from mmsar.simulation.aircraft.other_airframes import airframe_of
from mmsar.simulation.aircraft.points import Part

_LEFT, _RIGHT, _BACK = pi / 2, -pi / 2, pi
_NONE_DB = -99.0
Place = tuple[float, float, float]


@lru_cache
def airframe_parts(name: str) -> tuple[Part, ...]:
    """Return the parts of a type of aircraft, of any group, about its middle."""
    airframe = airframe_of(name)
    middle = airframe.length / 2
    parts = [
        *_fuselage(airframe),
        *_surface(airframe.wing, middle, 0.5 * airframe.width, 0.0),
        *_surface(airframe.tail, middle, 0.0, -1.0),
        *_fins(airframe),
    ]
    for engine in airframe.engines:
        parts += _engine(engine, middle)
    for place, side in airframe.gear:
        parts += [_spot((middle - place, across, 0.5), 0.4, 3, 8) for across in _both(side)]
    return tuple(parts)


def _line(
    start: Place,
    end: Place,
    base_db: float,
    flash_db: float = _NONE_DB,
    normal: float = nan,
    width: float = 30.0,
    step: float = 1.0,
) -> Part:
    """Return points about every ``step`` metres; levels are of each."""
    count = max(1, round(dist(start, end) / step))
    return Part(start, end, count, 0.0, base_db, flash_db, normal, width)


def _spot(
    place: Place,
    spread: float,
    count: int,
    base_db: float,
    flash_db: float = _NONE_DB,
    normal: float = nan,
    width: float = 30.0,
) -> Part:
    """Return some points around a place; levels are of all together."""
    share = 10 * log10(count)
    return Part(place, place, count, spread, base_db - share, flash_db - share, normal, width)


def _fuselage(airframe: Airframe) -> list[Part]:
    half, radius, axis = airframe.length / 2, airframe.width / 2, airframe.height
    nose, end = 0.86 * half, -0.8 * half
    root = half - airframe.wing.start - 0.5 * airframe.wing.chord
    parts = [_line((half, 0, axis), (-half, 0, axis + radius), -2, step=1.5)]
    for across, normal in ((radius, _LEFT), (-radius, _RIGHT)):
        # The round side, and the corner that it forms with the ground.
        parts.append(_line((nose, across, axis), (end, across, axis), -1, 13, normal, 6))
        parts.append(_line((nose, across, 0.0), (end, across, 0.0), -6, 6, normal, 14))
        parts.append(_spot((root, across, axis), 1.0, 4, 7, 12, normal, 50))
    parts.append(_spot((0.93 * half, 0, axis), 0.5, 4, 5, 13, 0.0, 35))
    parts.append(_spot((-0.97 * half, 0, axis), 0.4, 3, 4, 10, _BACK, 35))
    return parts


def _surface(surface: Surface, middle: float, root: float, level: float) -> list[Part]:
    """Return leading and trailing edges and tips, left and right, ``level`` dB stronger."""
    half, height = surface.span / 2, surface.height
    slope = float(np.tan(np.radians(surface.sweep)))
    back = slope + (surface.tip_chord - surface.chord) / half  # of the trailing edge
    front, rear = middle - surface.start, middle - surface.start - surface.chord
    tip = front - slope * half
    parts = []
    for sign in (1.0, -1.0):
        # Normals stand upright on the edges.
        inner, outer = (front - slope * root, sign * root, height), (tip, sign * half, height)
        normal = sign * float(np.arctan(slope))
        parts.append(_line(inner, outer, level - 2, level + 11, normal, 5))
        inner = (rear - back * root, sign * root, height)
        outer = (tip - surface.tip_chord, sign * half, height)
        normal = pi + sign * float(np.arctan(back))
        parts.append(_line(inner, outer, level - 1, level + 8, normal, 7))
        outer = (tip - surface.tip_chord / 2, sign * half, height)
        parts.append(_spot(outer, 0.4, 2, level + 4, level + 7, sign * _LEFT, 50))
    return parts


def _fins(airframe: Airframe) -> list[Part]:
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
                ends = (front, across, height), (rear, across, height)
                parts.append(_line(*ends, -3, 12, normal, 7))
        corner = (middle - fin.start - 0.5 * fin.chord, across, bottom)
        parts.append(_spot(corner, 0.6, 3, 5))
    return parts


def _engine(engine: Engine, middle: float) -> list[Part]:
    level = engine.strength_db
    parts = []
    for across in _both(engine.side):
        inlet = (middle - engine.inlet, across, engine.height)
        nozzle = (middle - engine.nozzle, across, engine.height)
        # The duct sends everything back that enters it.
        parts.append(_spot(inlet, 0.3, 3, level - 9, level, 0.0, 40))
        parts.append(_spot(nozzle, 0.3, 3, level - 10, level - 2, _BACK, 35))
        for normal in (_LEFT, _RIGHT):
            parts.append(_line(inlet, nozzle, level - 18, level - 6, normal, 15))
        if engine.propeller:
            for tip in (1.0, -1.0):
                blade = (middle - engine.inlet + 0.5, across + tip, engine.height)
                parts.append(_spot(blade, 0.8, 3, level - 8, level - 4, 0.0, 25))
    return parts


def _both(side: float) -> tuple[float, ...]:
    """Return both sides, or the centre line once."""
    return (side, -side) if side else (0.0,)
