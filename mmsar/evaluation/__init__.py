"""Metrics, the comparison of generated images with real ones, and the merging of tiles."""

from mmsar.evaluation.detection.merge import merge_ground_truth, merge_tiles
from mmsar.evaluation.detection.nms import nms
from mmsar.evaluation.detection.sar_det_metric import SARDetMetric
from mmsar.evaluation.generation.comparison import GenerationFigures, compare_images
from mmsar.evaluation.generation.metric import SARGenerationMetric
from mmsar.evaluation.pairs.metric import MatchingMetric
from mmsar.evaluation.restoration.metric import RestorationMetric
from mmsar.evaluation.restoration.radar_metric import RadarImageMetric

__all__ = [
    'GenerationFigures',
    'MatchingMetric',
    'RadarImageMetric',
    'RestorationMetric',
    'SARDetMetric',
    'SARGenerationMetric',
    'compare_images',
    'merge_ground_truth',
    'merge_tiles',
    'nms',
]
