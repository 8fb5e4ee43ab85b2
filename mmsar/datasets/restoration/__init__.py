"""Images of high and low resolution."""

from mmsar.datasets.restoration.isar_pairs import ISARPairs

__all__ = [
    'ISARPairs',
]
