"""Detectors."""

from mmsar.models.detectors.ca_cfar import CACFAR
from mmsar.models.detectors.cfar_detector import CFARDetector

__all__ = ['CACFAR', 'CFARDetector']
