"""Images with boxes: published sets, COCO and VOC files, scenes and their tiles."""

from mmsar.datasets.detection.air_sarship_1 import AIRSARShip1
from mmsar.datasets.detection.air_sarship_2 import AIRSARShip2
from mmsar.datasets.detection.base import Box, DetectionDataset
from mmsar.datasets.detection.coco import CocoDetection
from mmsar.datasets.detection.hrsid import HRSID
from mmsar.datasets.detection.published import PublishedDetection
from mmsar.datasets.detection.sar_aircraft import SARAIRcraft
from mmsar.datasets.detection.sardet_100k import SARDet100K
from mmsar.datasets.detection.ssdd import SSDD
from mmsar.datasets.detection.voc import VOCDetection

__all__ = [
    'HRSID',
    'SSDD',
    'AIRSARShip1',
    'AIRSARShip2',
    'Box',
    'CocoDetection',
    'DetectionDataset',
    'PublishedDetection',
    'SARAIRcraft',
    'SARDet100K',
    'VOCDetection',
]
