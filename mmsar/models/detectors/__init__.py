"""Detectors."""

from mmsar.models.detectors.ca_cfar import CACFAR

__all__ = ['CACFAR']
