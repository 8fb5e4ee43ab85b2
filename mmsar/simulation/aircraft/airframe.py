"""Seven types of aircraft, by the dimensions that a radar shows.

Rounded from public three-view drawings; meant to tell the types apart, not to copy them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Surface:
    """A pair of wings or tailplanes, left and right.

    Attributes:
        span: From tip to tip, in metres.
        start: Of the leading edge on the centre line, in metres behind the nose.
        chord: On the centre line, in metres.
        tip_chord: At the tip, in metres.
        sweep: Of the leading edge, in degrees.
        height: Above ground, in metres.
    """

    span: float
    start: float
    chord: float
    tip_chord: float
    sweep: float
    height: float


@dataclass(frozen=True)
class Engine:
    """An engine, and its mirror image where it is not on the centre line.

    Attributes:
        side: Distance from the centre line, in metres.
        inlet: In metres behind the nose.
        nozzle: Likewise.
        height: Above ground, in metres.
        strength_db: Cross section of the inlet seen from the front, in dB above a square metre.
        propeller: It has one.
    """

    side: float
    inlet: float
    nozzle: float
    height: float
    strength_db: float = 17.0
    propeller: bool = False


@dataclass(frozen=True)
class Fin:
    """A vertical tail.

    Attributes:
        side: Distance from the centre line, in metres; above 0, there are two.
        start: Of its root, in metres behind the nose.
        chord: Of its root, in metres.
        top: Height above ground, in metres.
    """

    side: float
    start: float
    chord: float
    top: float


@dataclass(frozen=True)
class Airframe:
    """A type of aircraft.

    Attributes:
        length: In metres.
        width: Of the fuselage, in metres.
        height: Of the axis of the fuselage above ground, in metres.
        wing: The wings.
        tail: The tailplanes.
        fin: The vertical tail or tails.
        engines: On one side or on the centre line.
        gear: Places of the landing gear: metres behind the nose, and from the centre line.
        variants: Factors of length and span of its variants; one is drawn.
        strength_db: Of all of it, against the large ones.
    """

    length: float
    width: float
    height: float
    wing: Surface
    tail: Surface
    fin: Fin
    engines: tuple[Engine, ...]
    gear: tuple[tuple[float, float], ...]
    variants: tuple[tuple[float, float], ...] = ((1.0, 1.0),)
    strength_db: float = 0.0


# In the order of Table 1 of Cross-Sensor SAR Data Generation Using Diffusion Models and Feature
# Migration, arXiv 2606.28922.
AIRFRAMES: dict[str, Airframe] = {
    'B-52': Airframe(
        48.5, 3.2, 3.6,
        wing=Surface(56.4, 13.0, 10.5, 3.6, 38, 5.0),
        tail=Surface(17.0, 39.5, 6.5, 2.5, 35, 4.2),
        fin=Fin(0.0, 40.5, 7.0, 12.4),
        engines=(
            Engine(9.7, 17.0, 22.0, 3.0, 15), Engine(11.0, 17.4, 22.4, 3.0, 15),
            Engine(17.6, 23.2, 28.2, 3.2, 15), Engine(18.9, 23.6, 28.6, 3.2, 15),
        ),
        gear=((12.5, 1.3), (27.5, 1.3), (33.0, 22.5)),
    ),
    'Boeing-747': Airframe(
        70.0, 6.5, 5.6,
        wing=Surface(64.0, 18.5, 17.0, 4.0, 41, 4.2),
        tail=Surface(22.2, 57.0, 10.0, 2.8, 42, 7.5),
        fin=Fin(0.0, 56.0, 12.0, 19.0),
        engines=(Engine(11.7, 23.5, 30.0, 2.4, 19), Engine(20.8, 32.0, 38.0, 2.8, 19)),
        gear=((7.8, 0.0), (32.0, 1.9), (34.5, 5.5)),
        variants=((1.0, 1.0), (1.0, 0.93)),
    ),
    'Boeing-767': Airframe(
        54.9, 5.0, 4.4,
        wing=Surface(47.6, 16.0, 12.0, 2.5, 34, 3.4),
        tail=Surface(18.6, 45.0, 7.5, 2.2, 37, 5.5),
        fin=Fin(0.0, 43.5, 9.0, 15.8),
        engines=(Engine(7.9, 17.0, 23.0, 2.0, 20),),
        gear=((6.0, 0.0), (27.5, 4.6)),
        variants=((1.0, 1.0), (1.0, 1.0), (0.885, 1.0)),
    ),
    'C-130': Airframe(
        29.8, 4.3, 2.8,
        wing=Surface(40.4, 10.2, 5.2, 2.4, 3, 4.9),
        tail=Surface(16.1, 24.4, 4.2, 1.9, 7, 4.3),
        fin=Fin(0.0, 22.8, 6.0, 11.6),
        engines=(
            Engine(5.0, 7.6, 12.0, 4.2, 14, True), Engine(10.2, 7.8, 12.2, 4.4, 14, True)
        ),
        gear=((4.6, 0.0), (13.8, 2.2)),
        variants=((1.0, 1.0), (1.0, 1.0), (1.15, 1.0)),
        strength_db=-1.0,
    ),
    'C-17': Airframe(
        52.0, 6.9, 4.2,
        wing=Surface(51.7, 14.5, 13.0, 3.0, 28, 6.6),
        tail=Surface(19.8, 43.2, 6.5, 3.2, 29, 16.5),
        fin=Fin(0.0, 39.5, 9.0, 16.8),
        engines=(Engine(7.4, 13.8, 20.0, 4.0, 19), Engine(13.4, 17.0, 23.2, 4.0, 19)),
        gear=((7.5, 0.0), (23.5, 4.4), (26.5, 4.4)),
    ),
    'F-15': Airframe(
        19.4, 2.6, 1.9,
        wing=Surface(13.05, 6.5, 8.6, 1.9, 45, 2.3),
        tail=Surface(8.6, 13.2, 4.4, 1.4, 45, 1.9),
        fin=Fin(1.8, 14.0, 4.0, 5.6),
        engines=(Engine(1.3, 5.8, 18.3, 1.7, 15),),
        gear=((5.5, 0.0), (11.3, 1.4)),
        strength_db=-4.0,
    ),
    'F-16': Airframe(
        15.0, 1.5, 1.8,
        wing=Surface(9.8, 5.2, 6.0, 1.2, 40, 1.9),
        tail=Surface(5.6, 11.4, 3.2, 1.1, 40, 1.7),
        fin=Fin(0.0, 10.6, 3.8, 5.0),
        engines=(Engine(0.0, 4.4, 14.6, 1.2, 14),),
        gear=((4.9, 0.0), (8.9, 1.2)),
        strength_db=-5.0,
    ),
}  # fmt: skip
