"""Backbones, and the maps that bring weights of other projects to their names."""

from mmsar.models.backbones.bridge_fusion import BridgeFusionBackbone
from mmsar.models.backbones.darknet53_weights import from_timm
from mmsar.models.backbones.hivit import HiViT

__all__ = ['BridgeFusionBackbone', 'HiViT', 'from_timm']
