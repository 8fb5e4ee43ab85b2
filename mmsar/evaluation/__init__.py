"""Metrics, and the merging of detections on tiles to those of a scene."""

from mmsar.evaluation.detection.merge import merge_ground_truth, merge_tiles
from mmsar.evaluation.detection.nms import nms
from mmsar.evaluation.detection.sar_det_metric import SARDetMetric
from mmsar.evaluation.pairs.metric import MatchingMetric
from mmsar.evaluation.restoration.metric import RestorationMetric
from mmsar.evaluation.restoration.radar_metric import RadarImageMetric

__all__ = [
    'MatchingMetric',
    'RadarImageMetric',
    'RestorationMetric',
    'SARDetMetric',
    'merge_ground_truth',
    'merge_tiles',
    'nms',
]
