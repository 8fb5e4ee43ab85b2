"""What travels between data sets, models and metrics."""

from mmsar.structures.pair_sample import PairSample
from mmsar.structures.prompted_image import PromptedImage

__all__ = ['PairSample', 'PromptedImage']
