"""How far of the way from one sensor to another migration has moved images."""

import math
from collections.abc import Mapping

from mmsar.evaluation.generation.naming import Figures, kind_of


def moved_by_distance(before: float, after: float) -> float:
    """Return the share of a distance to the target that is gone: 1 - after / before.

    Args:
        before: From the source to the target.
        after: From the migrated images to the target.

    Returns:
        0: nothing has moved; 1: there; below 0: away from it. NaN if there was no distance.
    """
    return 1 - after / before if before > 0 else math.nan


def moved_between(source: float, migrated: float, target: float) -> float:
    """Return the share of the way from source to target: (migrated - source) / (target - source).

    Args:
        source: Something additive of the source's images, such as the logarithm of their ENL.
        migrated: Of the migrated images.
        target: Of the target's.

    Returns:
        Above 1 if it went beyond. NaN if source and target have the same.
    """
    return (migrated - source) / (target - source) if target != source else math.nan


def moved(
    source: Mapping[str, float], migrated: Mapping[str, float], floor: Mapping[str, float]
) -> Figures:
    """Return the share of the way from a source to the target for each figure.

    Distances by :func:`moved_by_distance`; ratios by :func:`moved_between` of their logarithms, and
    signed differences likewise, so that these can be above 1.

    Args:
        source: Figures of the source's images, compared with real ones of the target.
        migrated: Of the migrated images, compared with the same.
        floor: Sampling floor of the target. Where the source is not beyond twice as much, there is
            hardly a way to go, and the share is NaN.

    Returns:
        For the figures that both have, without shares and errors.
    """
    result = {}
    for name in source.keys() & migrated.keys():
        kind, begin, end = kind_of(name).kind, source[name], migrated[name]
        if kind in ('share', 'error'):
            continue
        noise = floor.get(name, math.nan)
        if kind == 'ratio':
            begin, end, noise = math.log(begin), math.log(end), math.log(noise)
        if abs(begin) <= 2 * noise:
            result[name] = math.nan
        elif kind == 'distance':
            result[name] = moved_by_distance(begin, end)
        else:
            result[name] = moved_between(begin, end, 0.0)
    return {name: result[name] for name in source if name in result}
