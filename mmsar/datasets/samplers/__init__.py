"""Samplers whose order follows the seed and which resume where a run stopped."""

from mmsar.datasets.samplers.class_balanced import ClassBalancedSampler
from mmsar.datasets.samplers.resumable_batch import ResumableBatchSampler
from mmsar.datasets.samplers.seeded import SeededSampler

__all__ = ['ClassBalancedSampler', 'ResumableBatchSampler', 'SeededSampler']
