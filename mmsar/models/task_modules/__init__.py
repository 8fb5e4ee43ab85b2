"""Parts of detectors that plug into mmdet."""

from mmsar.models.task_modules.random_sampler import RandomSampler

__all__ = ['RandomSampler']
