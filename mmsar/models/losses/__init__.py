"""Losses."""

from mmsar.models.losses.bridge_loss import BridgeLoss
from mmsar.models.losses.restoration import ForegroundLoss, SpectralLoss

__all__ = ['BridgeLoss', 'ForegroundLoss', 'SpectralLoss']
