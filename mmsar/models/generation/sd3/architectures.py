"""The networks of Stable Diffusion 3.5 without their weights, and small ones like them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmsar.models.generation.small_stable_diffusion import CHIP_VAE

# What both sizes of Stable Diffusion 3.5 have, as the config.json of their transformers say.
_COMMON: Mapping[str, Any] = {
    'sample_size': 128,
    'patch_size': 2,
    'in_channels': 16,
    'out_channels': 16,
    'attention_head_dim': 64,
    'joint_attention_dim': 4096,
    'pooled_projection_dim': 2048,
    'qk_norm': 'rms_norm',
}
_VAE: Mapping[str, Any] = {
    'sample_size': 1024,
    'block_out_channels': (128, 256, 512, 512),
    'down_block_types': ('DownEncoderBlock2D',) * 4,
    'up_block_types': ('UpDecoderBlock2D',) * 4,
    'layers_per_block': 2,
    'latent_channels': 16,
    'norm_num_groups': 32,
    'scaling_factor': 1.5305,
    'shift_factor': 0.0609,
    'use_quant_conv': False,
    'use_post_quant_conv': False,
}


@dataclass(frozen=True)
class Architecture:
    """The settings of a model's networks.

    Attributes:
        transformer: Of ``SD3Transformer2DModel`` of diffusers.
        vae: Of ``AutoencoderKL``.
        shift: Of the noise levels towards noise.
        clip: Width, layers, heads and width of the projection of both CLIP text encoders.
        t5: Width and layers of the T5 encoder.
        tokens: Of a prompt for CLIP. T5 has as many, unless another number is asked for.
    """

    transformer: Mapping[str, Any]
    vae: Mapping[str, Any]
    shift: float = 3.0
    clip: tuple[tuple[int, int, int, int], ...] = ((768, 12, 12, 768), (1280, 32, 20, 1280))
    t5: tuple[int, int] = (4096, 24)
    tokens: int = 77


_TINY_VAE: Mapping[str, Any] = {
    **_VAE,
    'sample_size': 32,
    'block_out_channels': (8, 8, 8),
    'down_block_types': ('DownEncoderBlock2D',) * 3,
    'up_block_types': ('UpDecoderBlock2D',) * 3,
    'layers_per_block': 1,
    'norm_num_groups': 4,
    'mid_block_add_attention': False,
}

ARCHITECTURES: Mapping[str, Architecture] = {
    'sd3.5-medium': Architecture(
        {
            **_COMMON,
            'num_layers': 24,
            'num_attention_heads': 24,
            'caption_projection_dim': 1536,
            'pos_embed_max_size': 384,
            'dual_attention_layers': tuple(range(13)),
        },
        _VAE,
    ),
    'sd3.5-large': Architecture(
        {
            **_COMMON,
            'num_layers': 38,
            'num_attention_heads': 38,
            'caption_projection_dim': 2432,
            'pos_embed_max_size': 192,
            'dual_attention_layers': (),
        },
        _VAE,
    ),
    # For tests: everything that the medium one has, and nothing that takes time.
    'tiny': Architecture(
        {
            **_COMMON,
            'sample_size': 8,
            'num_layers': 2,
            'attention_head_dim': 8,
            'num_attention_heads': 4,
            'caption_projection_dim': 32,
            'joint_attention_dim': 32,
            'pooled_projection_dim': 32,
            'pos_embed_max_size': 16,
            'dual_attention_layers': (0,),
        },
        _TINY_VAE,
        clip=((16, 2, 2, 16), (16, 2, 2, 16)),
        t5=(32, 2),
        tokens=32,
    ),
    # To be trained on a CPU in hours: chips of 64 pixels in 64 tokens, by the autoencoder of the
    # small Stable Diffusion 1.5.
    'mini': Architecture(
        {
            **_COMMON,
            'sample_size': 32,
            'patch_size': 4,
            'in_channels': 4,
            'out_channels': 4,
            'num_layers': 6,
            'attention_head_dim': 32,
            'num_attention_heads': 4,
            'caption_projection_dim': 128,
            'joint_attention_dim': 64,
            'pooled_projection_dim': 64,
            'pos_embed_max_size': 16,
            'dual_attention_layers': (0, 1),
        },
        {**CHIP_VAE, 'sample_size': 64, 'scaling_factor': 1.0, 'shift_factor': 0.0},
        shift=1.0,
        clip=((32, 2, 4, 32), (32, 2, 4, 32)),
        t5=(64, 2),
        tokens=16,
    ),
}
