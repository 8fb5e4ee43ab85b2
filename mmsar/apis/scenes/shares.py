"""Who detects what: parts of scenes, dealt evenly to processes."""

from collections.abc import Mapping
from dataclasses import dataclass

_UNITS = 4  # a process gets about so many at least, so that shares are even


@dataclass(frozen=True)
class Unit:
    """Parts of a scene that one process does.

    Attributes:
        scene: Its number.
        parts: Numbers of the parts.
        tiles: In them.
        whole: These are all parts of the scene.
    """

    scene: int
    parts: tuple[int, ...]
    tiles: int
    whole: bool


def share_scenes(scenes: Mapping[int, list[int]], processes: int) -> list[list[Unit]]:
    """Deal scenes to processes, large ones in pieces, the costly ones first.

    The tiles of two processes differ by those of one unit at most.

    Args:
        scenes: Number of tiles in each part, by number of the scene.
        processes: Number of shares.
    """
    total = sum(map(sum, scenes.values()))
    limit = -(-total // (processes * _UNITS)) if processes > 1 else total
    units = [unit for scene, parts in scenes.items() for unit in _units(scene, parts, limit)]
    shares: list[list[Unit]] = [[] for _ in range(processes)]
    tiles = [0] * processes
    for unit in sorted(units, key=lambda unit: (-unit.tiles, unit.scene, unit.parts)):
        least = tiles.index(min(tiles))
        shares[least].append(unit)
        tiles[least] += unit.tiles
    return [sorted(part, key=lambda unit: (unit.scene, unit.parts)) for part in shares]


def _units(scene: int, parts: list[int], limit: int) -> list[Unit]:
    units: list[list[int]] = [[]]
    count = 0
    for number, tiles in enumerate(parts):
        if units[-1] and count + tiles > limit:
            units.append([])
            count = 0
        units[-1].append(number)
        count += tiles
    whole = len(units) == 1
    return [Unit(scene, tuple(u), sum(parts[n] for n in u), whole) for u in units]
