"""What travels between data sets, models and metrics."""

from mmsar.structures.pair_sample import PairSample

__all__ = ['PairSample']
