"""mmsar: deep learning for radar images (SAR and ISAR) on OpenMMLab."""

from mmsar import compat
from mmsar.version import __version__

compat.install()

__all__ = ['__version__']
