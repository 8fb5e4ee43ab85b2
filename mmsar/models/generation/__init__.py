"""Images of another sensor, made with diffusion models."""

from mmsar.models.generation.attention_distillation import AttentionDistillation
from mmsar.models.generation.attention_distillation_loss import AttentionDistillationLoss
from mmsar.models.generation.histogram_matching import HistogramMatching
from mmsar.models.generation.latent_autoencoder import LatentAutoencoder
from mmsar.models.generation.latent_diffusion import LatentDiffusion
from mmsar.models.generation.migrated import Migrated
from mmsar.models.generation.respeckle import Respeckle
from mmsar.models.generation.sd3.sd3_lora import SD3LoRA
from mmsar.models.generation.translation import CUT, StarGAN

__all__ = [
    'CUT',
    'AttentionDistillation',
    'AttentionDistillationLoss',
    'HistogramMatching',
    'LatentAutoencoder',
    'LatentDiffusion',
    'Migrated',
    'Respeckle',
    'SD3LoRA',
    'StarGAN',
]
