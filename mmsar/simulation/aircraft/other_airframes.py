"""Further types of aircraft, which a generator may learn from before it meets those of a task.

Rounded from public three-view drawings, as those of ``airframe.py``.
"""

from mmsar.simulation.aircraft.airframe import AIRFRAMES, Airframe, Engine, Fin, Surface

OTHER_AIRFRAMES: dict[str, Airframe] = {
    'A-10': Airframe(
        16.3, 1.4, 2.0,
        wing=Surface(17.5, 6.0, 3.1, 2.0, 0, 1.7),
        tail=Surface(5.7, 13.6, 1.9, 1.9, 0, 2.4),
        fin=Fin(2.8, 13.4, 2.2, 4.5),
        engines=(Engine(1.6, 9.0, 12.4, 3.1, 13),),
        gear=((3.5, 0.3), (8.0, 2.6)),
        strength_db=-4.0,
    ),
    'A320': Airframe(
        37.6, 4.0, 3.6,
        wing=Surface(34.1, 11.5, 7.0, 1.6, 27, 2.8),
        tail=Surface(12.5, 31.0, 4.0, 1.3, 32, 4.6),
        fin=Fin(0.0, 29.8, 6.0, 11.8),
        engines=(Engine(5.8, 11.2, 15.6, 1.6, 19),),
        gear=((5.1, 0.0), (17.7, 3.8)),
        variants=((1.0, 1.0), (0.9, 1.0), (1.18, 1.0)),
    ),
    'An-2': Airframe(
        12.7, 1.6, 2.0,
        wing=Surface(18.2, 3.0, 2.4, 2.4, 0, 3.4),
        tail=Surface(7.2, 10.6, 2.0, 1.4, 8, 2.4),
        fin=Fin(0.0, 10.0, 2.5, 4.0),
        engines=(Engine(0.0, 1.4, 3.0, 2.2, 14, True),),
        gear=((3.2, 1.7), (11.5, 0.0)),
        strength_db=-4.0,
    ),
    'B-1': Airframe(
        44.5, 3.0, 3.4,
        wing=Surface(41.8, 20.5, 7.0, 2.2, 15, 3.2),
        tail=Surface(13.7, 38.0, 5.5, 2.0, 40, 6.0),
        fin=Fin(0.0, 36.0, 7.5, 10.2),
        engines=(Engine(2.6, 23.5, 33.0, 2.0, 15), Engine(4.4, 23.5, 33.0, 2.0, 15)),
        gear=((8.5, 0.0), (25.5, 2.2)),
        strength_db=-2.0,
    ),
    'C-5': Airframe(
        75.5, 7.2, 5.4,
        wing=Surface(67.9, 21.5, 15.5, 4.5, 28, 8.6),
        tail=Surface(20.8, 67.0, 7.5, 3.5, 28, 19.4),
        fin=Fin(0.0, 58.5, 11.0, 19.6),
        engines=(Engine(12.5, 23.0, 30.0, 5.4, 19), Engine(18.7, 27.0, 34.0, 5.6, 19)),
        gear=((10.0, 0.0), (33.0, 4.5), (38.0, 4.5)),
    ),
    'DC-10': Airframe(
        55.5, 6.0, 5.0,
        wing=Surface(50.4, 18.0, 14.0, 3.0, 38, 3.8),
        tail=Surface(21.7, 46.0, 8.0, 2.6, 38, 6.0),
        fin=Fin(0.0, 45.0, 8.0, 17.7),
        engines=(Engine(8.0, 20.5, 26.5, 2.2, 19), Engine(0.0, 43.5, 54.5, 10.0, 18)),
        gear=((6.5, 0.0), (28.5, 5.3)),
        variants=((1.0, 1.0), (1.0, 0.937)),
    ),
    'E-3': Airframe(
        46.6, 3.8, 3.8,
        wing=Surface(44.4, 14.0, 10.5, 2.6, 37, 2.8),
        tail=Surface(13.9, 39.0, 4.6, 2.0, 39, 4.6),
        fin=Fin(0.0, 37.5, 6.5, 12.7),
        engines=(
            Engine(8.5, 14.5, 19.0, 1.9, 16), Engine(14.3, 18.8, 23.3, 2.1, 16),
            # The dish on its back, seen as strong from the front and the back.
            Engine(0.0, 27.0, 36.0, 7.8, 22),
        ),
        gear=((4.5, 0.0), (22.5, 3.4)),
    ),
    'Global-Hawk': Airframe(
        14.5, 1.5, 1.6,
        wing=Surface(39.9, 6.6, 1.6, 0.7, 6, 1.5),
        tail=Surface(3.6, 12.4, 1.3, 0.8, 20, 2.4),
        fin=Fin(1.3, 12.2, 1.6, 3.6),
        engines=(Engine(0.0, 9.0, 14.0, 2.4, 12),),
        gear=((3.2, 0.0), (8.0, 1.6)),
        strength_db=-5.0,
    ),
    'Il-76': Airframe(
        46.6, 4.8, 4.0,
        wing=Surface(50.5, 14.5, 10.0, 3.0, 27, 6.0),
        tail=Surface(17.4, 40.8, 5.6, 2.6, 32, 14.4),
        fin=Fin(0.0, 36.5, 8.5, 14.8),
        engines=(Engine(6.4, 13.2, 19.0, 3.6, 18), Engine(10.6, 15.4, 21.2, 3.8, 18)),
        gear=((7.0, 0.0), (21.5, 4.0), (24.5, 4.0)),
    ),
    'Learjet': Airframe(
        17.7, 1.7, 1.8,
        wing=Surface(15.5, 7.6, 2.9, 1.0, 17, 1.2),
        tail=Surface(4.5, 15.8, 1.6, 0.8, 28, 4.2),
        fin=Fin(0.0, 13.6, 3.0, 4.3),
        engines=(Engine(1.5, 11.4, 14.0, 2.0, 12),),
        gear=((3.2, 0.0), (9.8, 1.3)),
        strength_db=-4.0,
    ),
    'MiG-29': Airframe(
        17.3, 2.2, 1.9,
        wing=Surface(11.4, 6.0, 6.4, 1.3, 42, 2.0),
        tail=Surface(7.8, 12.2, 3.0, 1.0, 40, 1.8),
        fin=Fin(1.9, 12.0, 3.8, 4.7),
        engines=(Engine(0.9, 6.6, 16.2, 1.4, 15),),
        gear=((4.6, 0.0), (8.4, 1.5)),
        strength_db=-4.5,
    ),
    'Predator': Airframe(
        11.0, 1.2, 1.5,
        wing=Surface(20.1, 4.6, 1.2, 0.7, 3, 1.6),
        tail=Surface(4.6, 9.3, 1.0, 0.6, 25, 1.0),
        fin=Fin(0.0, 9.4, 1.0, 2.0),
        engines=(Engine(0.0, 9.6, 11.0, 1.5, 9, True),),
        gear=((2.2, 0.0), (6.0, 1.2)),
        strength_db=-6.0,
    ),
    'Su-27': Airframe(
        21.9, 2.6, 2.1,
        wing=Surface(14.7, 8.0, 7.6, 1.8, 42, 2.4),
        tail=Surface(9.9, 15.4, 4.2, 1.3, 42, 2.0),
        fin=Fin(2.5, 15.0, 4.6, 5.9),
        engines=(Engine(1.4, 8.6, 20.6, 1.5, 16),),
        gear=((6.4, 0.0), (12.4, 2.2)),
        strength_db=-3.5,
    ),
    'Tu-95': Airframe(
        46.2, 2.9, 3.4,
        wing=Surface(50.1, 14.5, 8.5, 2.4, 35, 3.6),
        tail=Surface(14.7, 37.8, 4.6, 1.8, 38, 4.0),
        fin=Fin(0.0, 36.0, 8.0, 12.1),
        engines=(Engine(6.2, 13.0, 22.5, 3.0, 15, True), Engine(12.8, 18.0, 26.5, 3.2, 15, True)),
        gear=((9.0, 0.0), (22.0, 6.2)),
    ),
}  # fmt: skip

# The groups that a data set is made of.
TYPES: dict[str, dict[str, Airframe]] = {'table1': AIRFRAMES, 'other': OTHER_AIRFRAMES}


def airframe_of(name: str) -> Airframe:
    """Return a type of aircraft of any group.

    Raises:
        KeyError: There is none of this name.
    """
    return AIRFRAMES[name] if name in AIRFRAMES else OTHER_AIRFRAMES[name]
