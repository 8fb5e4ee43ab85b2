"""Images of another sensor, made with diffusion models."""

from mmsar.models.generation.attention_distillation import AttentionDistillation, Migrated
from mmsar.models.generation.attention_distillation_loss import AttentionDistillationLoss

__all__ = ['AttentionDistillation', 'AttentionDistillationLoss', 'Migrated']
