"""Data sets. One data set a file."""

from mmsar.datasets.coco import CocoDetection
from mmsar.datasets.seeded import SampleKey, SeededDataset
from mmsar.datasets.voc import VOCDetection

__all__ = ['CocoDetection', 'SampleKey', 'SeededDataset', 'VOCDetection']
