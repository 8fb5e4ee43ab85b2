"""Where an aircraft covers the ground, and where its shadow falls."""

import numpy as np
from numpy.typing import NDArray

from mmsar.simulation.aircraft.airframe import Surface
from mmsar.simulation.aircraft.individual import Aircraft


def silhouettes(
    aircraft: Aircraft, size: int, spacing: float, incidence: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pixels that the aircraft covers in the image, and those of its shadow.

    Args:
        aircraft: The aircraft.
        size: Rows and columns.
        spacing: Of the pixels, in metres.
        incidence: Angle of incidence, in degrees.

    Returns:
        Two masks (size, size). The shadow may lie under the aircraft.
    """
    tangent = float(np.tan(np.radians(incidence)))
    frame = aircraft.airframe
    plates = [_fuselage(aircraft)]
    heights = [frame.height]
    for surface in (frame.wing, frame.tail):
        plates += _wings(surface, frame.length / 2)
        heights += [surface.height, surface.height]
    corners = np.array(plates) * [aircraft.length, aircraft.span]  # (P, 4, 2)
    above = np.array(heights)[:, None] - frame.height
    covered = _fill(aircraft, corners, above, -1 / tangent, size, spacing)
    # The axis of the fuselage is where the image shows it, nearer than the ground below it.
    lift = frame.height / tangent
    dark = _fill(aircraft, corners, above + frame.height, tangent, size, spacing, lift)
    below = _fill(aircraft, corners[:1], np.zeros((1, 1)), 0.0, size, spacing, lift)
    upright = _fin(aircraft, tangent, lift, size, spacing)
    return covered, dark | below | upright


def _fuselage(aircraft: Aircraft) -> NDArray[np.float64]:
    half, radius = aircraft.airframe.length / 2, aircraft.airframe.width / 2
    nose, end = 0.97 * half, -0.9 * half
    return np.array([[nose, radius], [end, radius], [end, -radius], [nose, -radius]])


def _wings(surface: Surface, middle: float) -> list[NDArray[np.float64]]:
    half = surface.span / 2
    front, tip = middle - surface.start, np.tan(np.radians(surface.sweep)) * half
    return [
        np.array(
            [
                [front, 0.0],
                [front - tip, side],
                [front - tip - surface.tip_chord, side],
                [front - surface.chord, 0.0],
            ]
        )
        for side in (half, -half)
    ]


def _fin(
    aircraft: Aircraft, tangent: float, lift: float, size: int, spacing: float
) -> NDArray[np.bool_]:
    """Return the shadow of the fin: an upright plate."""
    fin, frame = aircraft.airframe.fin, aircraft.airframe
    front = (frame.length / 2 - fin.start) * aircraft.length
    rear = front - fin.chord * aircraft.length
    corners = np.array([[[front, 0.0], [rear, 0.0], [rear, 0.0], [rear + 0.4 * fin.chord, 0.0]]])
    heights = np.array([[0.0, 0.0, fin.top, fin.top]])
    return _fill(aircraft, corners, heights, tangent, size, spacing, lift)


def _fill(
    aircraft: Aircraft,
    corners: NDArray[np.float64],
    heights: NDArray[np.float64],
    per_height: float,
    size: int,
    spacing: float,
    shift: float = 0.0,
) -> NDArray[np.bool_]:
    """Return the pixels (size, size) of any of some convex quadrangles (P, 4, 2)."""
    south, east = aircraft.place(corners[..., 0], corners[..., 1], heights, per_height)
    axis = (np.arange(size) - (size - 1) / 2) * spacing
    rows, columns = axis[:, None], axis[None, :] - shift
    sides = []
    for a, b in ((0, 1), (1, 2), (2, 3), (3, 0)):
        run, rise = (v[:, b] - v[:, a] for v in (east, south))
        sides.append(
            run[:, None, None] * (rows - south[:, a, None, None])
            - rise[:, None, None] * (columns - east[:, a, None, None])
        )
    turns = np.array(sides)  # (4, P, size, size)
    inside = (turns >= 0).all(0) | (turns <= 0).all(0)
    return np.asarray(inside.any(0))
