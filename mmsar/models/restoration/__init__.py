"""Restoration of images: super-resolution."""

from mmsar.models.restoration.ssnet import SSNet

__all__ = ['SSNet']
