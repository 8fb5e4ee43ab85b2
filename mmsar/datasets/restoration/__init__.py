"""Images of high and low resolution."""

from mmsar.datasets.restoration.isar_pairs import ISARPairs
from mmsar.datasets.restoration.phase_history_pairs import PhaseHistoryPairs

__all__ = [
    'ISARPairs',
    'PhaseHistoryPairs',
]
