"""Pairs of an optical and a radar image of one place."""

from mmsar.datasets.pairs.labelled import LabelledPairs
from mmsar.datasets.pairs.optical_sar import OpticalSARPairs
from mmsar.datasets.pairs.qxs_saropt import QXSSAROPT

__all__ = [
    'QXSSAROPT',
    'LabelledPairs',
    'OpticalSARPairs',
]
