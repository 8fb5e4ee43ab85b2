"""One aircraft: its type and variant, and how it stands before the radar."""

from dataclasses import dataclass, replace

import numpy as np

from mmsar.simulation.aircraft.airframe import Airframe
from mmsar.simulation.aircraft.other_airframes import airframe_of
from mmsar.simulation.aircraft.parts import airframe_parts
from mmsar.simulation.aircraft.points import AircraftPoints, Array, draw_points

# Largest offset from the middle of a chip of the largest aircraft, and half its length, in metres.
_JITTER, _LARGEST = 2.4, 35.0


@dataclass(frozen=True)
class Aircraft:
    """An aircraft on the ground.

    Rows of the image are azimuth, columns ground range; the radar looks to larger columns.

    Attributes:
        name: Of its type, of any group in ``other_airframes.TYPES``.
        heading: Of its nose, in radians from the direction of columns to that of rows.
        east: Of its centre, in metres from the middle of the chip along the columns.
        south: Likewise along the rows.
        length: Factor of its length.
        span: Factor of its span.
        points: Its scattering points.
    """

    name: str
    heading: float
    east: float
    south: float
    length: float
    span: float
    points: AircraftPoints

    @property
    def airframe(self) -> Airframe:
        """The type."""
        return airframe_of(self.name)

    @property
    def aspect(self) -> float:
        """Direction of the radar from the nose, in radians, in the sense of the points."""
        return float(np.pi - self.heading)

    @property
    def radius(self) -> float:
        """Half of the larger of length and span, in metres."""
        frame = self.airframe
        return max(self.length * frame.length, self.span * frame.wing.span) / 2

    def place(
        self, along: Array, across: Array, height: Array | float, per_height: float
    ) -> tuple[Array, Array]:
        """Return metres south and east of points of the aircraft.

        Args:
            along: In metres towards the nose.
            across: In metres; positive to larger rows where the heading is 0.
            height: In metres above the axis of the fuselage.
            per_height: Metres that a point moves to larger columns for each metre of height: minus
                the cotangent of the incidence angle for the image of it (layover), the tangent for
                its shadow.
        """
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        south = self.south + along * sin + across * cos
        return south, self.east + along * cos - across * sin + per_height * height


def draw_aircraft(
    name: str, generator: np.random.Generator, heading: float | None = None
) -> Aircraft:
    """Draw an individual of a type.

    Args:
        name: Of the type.
        generator: Source of all random numbers.
        heading: In radians. Default: any.
    """
    frame = airframe_of(name)
    length, span = frame.variants[generator.integers(len(frame.variants))]
    scale = generator.normal(1.0, 0.008, 2).clip(0.98, 1.02)
    length, span = float(length * scale[0]), float(span * scale[1])
    drawn = float(generator.uniform(0, 2 * np.pi))
    # The smaller ones may stand further from the middle.
    jitter = _JITTER + 0.25 * max(0.0, _LARGEST - frame.length / 2)
    east, south = (float(v) for v in generator.uniform(-jitter, jitter, 2))
    points = draw_points(airframe_parts(name), generator)
    strength = 10 ** (frame.strength_db / 10)
    points = replace(
        points,
        along=points.along * length,
        across=points.across * span,
        base=points.base * strength,
        flash=points.flash * strength,
    )
    heading = drawn if heading is None else heading
    return Aircraft(name, heading, east, south, length, span, points)
