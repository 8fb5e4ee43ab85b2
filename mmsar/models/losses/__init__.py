"""Losses."""

from mmsar.models.losses.bridge_loss import BridgeLoss
from mmsar.models.losses.high_frequency import HighFrequencyLoss
from mmsar.models.losses.restoration import ForegroundLoss, SpectralLoss
from mmsar.models.losses.speckle import SpeckleLoss

__all__ = ['BridgeLoss', 'ForegroundLoss', 'HighFrequencyLoss', 'SpeckleLoss', 'SpectralLoss']
