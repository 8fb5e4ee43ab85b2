"""Names under which the figures reach logs, TensorBoard and the rule for the best checkpoint."""

import math
from collections.abc import Iterable, Mapping

Figures = Mapping[str, float]

# First parts of names, and rows of the table, which no subset can have
RESERVED = ('coco', 'voc', 'scene', 'scenes', 'images')

_OF_SUBSETS = ('bbox_mAP', 'bbox_mAP_50', 'Pd', 'false_alarms_per_image')


def name_images(figures: Figures) -> dict[str, float]:
    """Name the figures of all images: ``coco/bbox_mAP``, ``voc/AP50_area``, ``Pd``."""
    named = {}
    for key, value in _known(figures):
        group = 'coco/' if key.startswith('bbox') else 'voc/' if key.startswith('AP') else ''
        named[group + key] = value
    return named


def name_classes(by_class: Mapping[str, Figures]) -> dict[str, float]:
    """Name the average precisions of the classes: ``coco/ship_AP``, ``coco/ship_AP50``."""
    keys = {'AP': 'bbox_mAP', 'AP50': 'bbox_mAP_50'}
    return {
        f'coco/{name}_{short}': figures[key]
        for name, figures in by_class.items()
        for short, key in keys.items()
    }


def name_subset(subset: str, figures: Figures) -> dict[str, float]:
    """Name the main figures of a subset: ``inshore/bbox_mAP``, ``inshore/Pd``."""
    return {f'{subset}/{key}': figures[key] for key in _OF_SUBSETS}


def name_scenes(figures: Figures) -> dict[str, float]:
    """Name the figures of whole scenes: ``scene/bbox_mAP``, ``scene/AP50_area``."""
    return {f'scene/{key}': value for key, value in _known(figures)}


def _known(figures: Figures) -> Iterable[tuple[str, float]]:
    """Leave out the false alarms per area where the area is not known."""
    for key, value in figures.items():
        if not (key == 'false_alarms_per_km2' and math.isnan(value)):
            yield key, value
