"""What data sets hand to models, and models to metrics."""

from mmsar.structures.pair_sample import PairSample

__all__ = ['PairSample']
