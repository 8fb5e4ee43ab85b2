"""From batches of a data loader to what a network gets."""

from mmsar.models.data_preprocessors.pair import ImageNormaliser, PairDataPreprocessor

__all__ = ['ImageNormaliser', 'PairDataPreprocessor']
