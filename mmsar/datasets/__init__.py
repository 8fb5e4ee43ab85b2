"""Data sets. One data set a file."""

from mmsar.datasets.detection.air_sarship_1 import AIRSARShip1
from mmsar.datasets.detection.air_sarship_2 import AIRSARShip2
from mmsar.datasets.detection.coco import CocoDetection
from mmsar.datasets.detection.hrsid import HRSID
from mmsar.datasets.detection.sar_aircraft import SARAIRcraft
from mmsar.datasets.detection.sardet_100k import SARDet100K
from mmsar.datasets.detection.ssdd import SSDD
from mmsar.datasets.detection.voc import VOCDetection
from mmsar.datasets.pairs.labelled import LabelledPairs
from mmsar.datasets.pairs.optical_sar import OpticalSARPairs
from mmsar.datasets.pairs.qxs_saropt import QXSSAROPT
from mmsar.datasets.recognition.chips import SARChips
from mmsar.datasets.recognition.few_shot_set import FewShot
from mmsar.datasets.recognition.fusar_ship import FUSARShip
from mmsar.datasets.recognition.mstar import MSTAR
from mmsar.datasets.recognition.sar_acd import SARACD
from mmsar.datasets.recognition.sar_vsa import SARVSA
from mmsar.datasets.restoration.isar_pairs import ISARPairs
from mmsar.datasets.restoration.phase_history_pairs import PhaseHistoryPairs
from mmsar.datasets.seeded import SampleKey, SeededDataset
from mmsar.datasets.translation.paired import PairedChips
from mmsar.datasets.translation.unpaired import UnpairedChips

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
    'PairedChips',
    'PhaseHistoryPairs',
    'SARAIRcraft',
    'SARChips',
    'SARDet100K',
    'SampleKey',
    'SeededDataset',
    'UnpairedChips',
    'VOCDetection',
]
