"""Self-supervised pre-training: what a masked image is to be rebuilt to."""

from mmsar.models.selfsup.gradient_features import GradientFeatures
from mmsar.models.selfsup.hog_target import HOGTarget
from mmsar.models.selfsup.pixel_target import PixelTarget

__all__ = ['GradientFeatures', 'HOGTarget', 'PixelTarget']
