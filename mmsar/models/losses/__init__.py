"""Losses."""

from mmsar.models.losses.bridge_loss import BridgeLoss

__all__ = ['BridgeLoss']
