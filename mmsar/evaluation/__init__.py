"""Metrics, and the merging of detections on tiles to those of a scene."""

from mmsar.evaluation.matching_metric import MatchingMetric
from mmsar.evaluation.merge import merge_ground_truth, merge_tiles
from mmsar.evaluation.nms import nms
from mmsar.evaluation.restoration_metric import RestorationMetric
from mmsar.evaluation.sar_det_metric import SARDetMetric

__all__ = [
    'MatchingMetric',
    'RestorationMetric',
    'SARDetMetric',
    'merge_ground_truth',
    'merge_tiles',
    'nms',
]
