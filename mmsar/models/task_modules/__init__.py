"""Parts of detectors that plug into mmdet."""

from mmsar.models.task_modules.kmeans_anchors import kmeans_anchors, size_iou
from mmsar.models.task_modules.random_sampler import RandomSampler

__all__ = ['RandomSampler', 'kmeans_anchors', 'size_iou']
