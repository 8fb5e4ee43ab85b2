"""Steps of data pipelines, for the pipelines of mmdet, mmpretrain and mmagic alike."""

from mmsar.datasets.transforms.load_sar_image import LoadSARImage
from mmsar.datasets.transforms.radiometry import RandomRadiometry
from mmsar.datasets.transforms.speckle import SpeckleNoise
from mmsar.datasets.transforms.stretch import Stretch, StretchSAR

__all__ = ['LoadSARImage', 'RandomRadiometry', 'SpeckleNoise', 'Stretch', 'StretchSAR']
