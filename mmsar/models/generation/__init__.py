"""Images of another sensor, made with diffusion models."""

from mmsar.models.generation.attention_distillation import AttentionDistillation, Migrated
from mmsar.models.generation.attention_distillation_loss import AttentionDistillationLoss
from mmsar.models.generation.sd3.autoencoder import RadarAutoencoder
from mmsar.models.generation.sd3.sd3_lora import SD3LoRA

__all__ = [
    'AttentionDistillation',
    'AttentionDistillationLoss',
    'Migrated',
    'RadarAutoencoder',
    'SD3LoRA',
]
