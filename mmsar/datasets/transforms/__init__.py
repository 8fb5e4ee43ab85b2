"""Steps of data pipelines, for the pipelines of mmdet, mmpretrain and mmagic alike."""

from mmsar.datasets.transforms.centre_crop_or_pad import CentreCropOrPad
from mmsar.datasets.transforms.contrast import RandomContrast
from mmsar.datasets.transforms.load_sar_image import LoadSARImage
from mmsar.datasets.transforms.low_resolution import MakeLowResolution
from mmsar.datasets.transforms.pack_pair import PackPair
from mmsar.datasets.transforms.pack_prompted import PackPrompted
from mmsar.datasets.transforms.pair_crop import PairCrop
from mmsar.datasets.transforms.pair_flip import PairFlip
from mmsar.datasets.transforms.pair_resize import PairResize
from mmsar.datasets.transforms.radiometry import RandomRadiometry
from mmsar.datasets.transforms.random_crop import RandomChipCrop
from mmsar.datasets.transforms.resize_chip import ResizeChip
from mmsar.datasets.transforms.sar_prompt import SARPrompt
from mmsar.datasets.transforms.scaled_crop import ScaledPairCrop
from mmsar.datasets.transforms.speckle import SpeckleNoise
from mmsar.datasets.transforms.stack_views import StackViews
from mmsar.datasets.transforms.stretch import Stretch, StretchSAR

__all__ = [
    'CentreCropOrPad',
    'LoadSARImage',
    'MakeLowResolution',
    'PackPair',
    'PackPrompted',
    'PairCrop',
    'PairFlip',
    'PairResize',
    'RandomChipCrop',
    'RandomContrast',
    'RandomRadiometry',
    'ResizeChip',
    'SARPrompt',
    'ScaledPairCrop',
    'SpeckleNoise',
    'StackViews',
    'Stretch',
    'StretchSAR',
]
