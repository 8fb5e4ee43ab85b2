"""Backbones, and the maps that bring weights of other projects to their names."""

from mmsar.models.backbones.darknet53_weights import from_timm

__all__ = ['from_timm']
