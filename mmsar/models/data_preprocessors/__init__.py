"""From batches of a data loader to what a network gets."""

from mmsar.models.data_preprocessors.pair import ImageNormaliser, PairDataPreprocessor
from mmsar.models.data_preprocessors.restoration import RestorationPreprocessor
from mmsar.models.data_preprocessors.stacked_views import StackedViewsPreprocessor
from mmsar.models.data_preprocessors.two_sensors import TwoSensorsPreprocessor

__all__ = [
    'ImageNormaliser',
    'PairDataPreprocessor',
    'RestorationPreprocessor',
    'StackedViewsPreprocessor',
    'TwoSensorsPreprocessor',
]
