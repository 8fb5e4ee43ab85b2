"""Data sets. One data set a file."""

from mmsar.datasets.air_sarship_1 import AIRSARShip1
from mmsar.datasets.air_sarship_2 import AIRSARShip2
from mmsar.datasets.chips import SARChips
from mmsar.datasets.coco import CocoDetection
from mmsar.datasets.few_shot_set import FewShot
from mmsar.datasets.fusar_ship import FUSARShip
from mmsar.datasets.hrsid import HRSID
from mmsar.datasets.isar_pairs import ISARPairs
from mmsar.datasets.labelled_pairs import LabelledPairs
from mmsar.datasets.mstar import MSTAR
from mmsar.datasets.pairs import OpticalSARPairs
from mmsar.datasets.qxs_saropt import QXSSAROPT
from mmsar.datasets.sar_acd import SARACD
from mmsar.datasets.sar_aircraft import SARAIRcraft
from mmsar.datasets.sar_vsa import SARVSA
from mmsar.datasets.sardet_100k import SARDet100K
from mmsar.datasets.seeded import SampleKey, SeededDataset
from mmsar.datasets.ssdd import SSDD
from mmsar.datasets.voc import VOCDetection

__all__ = [
    'HRSID',
    'MSTAR',
    'QXSSAROPT',
    'SARACD',
    'SARVSA',
    'SSDD',
    'AIRSARShip1',
    'AIRSARShip2',
    'CocoDetection',
    'FUSARShip',
    'FewShot',
    'ISARPairs',
    'LabelledPairs',
    'OpticalSARPairs',
    'SARAIRcraft',
    'SARChips',
    'SARDet100K',
    'SampleKey',
    'SeededDataset',
    'VOCDetection',
]
