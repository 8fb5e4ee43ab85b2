"""Folders like those of Stable Diffusion 1.5, with small networks of random weights."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mmsar.errors import ConfigError
from mmsar.models.generation.autoencoder_start import start_as_code
from mmsar.models.generation.sd3.small_text import write_clip_tokenizer

# The sixteen self-attention layers of Stable Diffusion 1.5, in 0.8 million weights.
UNET: Mapping[str, Any] = {
    'sample_size': 16,
    'in_channels': 4,
    'out_channels': 4,
    'block_out_channels': (16, 32, 32, 32),
    'layers_per_block': 2,
    'down_block_types': (*['CrossAttnDownBlock2D'] * 3, 'DownBlock2D'),
    'up_block_types': ('UpBlock2D', *['CrossAttnUpBlock2D'] * 3),
    'cross_attention_dim': 32,
    'attention_head_dim': 4,
    'norm_num_groups': 8,
}
# An eighth of the rows and columns, as there.
VAE: Mapping[str, Any] = {
    'block_out_channels': (8, 8, 8, 8),
    'down_block_types': ('DownEncoderBlock2D',) * 4,
    'up_block_types': ('UpDecoderBlock2D',) * 4,
    'latent_channels': 4,
    'norm_num_groups': 4,
    'layers_per_block': 1,
}
# For chips of 64 pixels, to be trained on them: as many numbers in the latents as pixels, so that
# speckle survives. The images are interleaved (ImageCoder).
CHIP_UNET: Mapping[str, Any] = {
    'block_out_channels': (16, 32, 64, 64),
    'attention_head_dim': 1,  # diffusers means the number of heads
}
CHIP_VAE: Mapping[str, Any] = {
    'in_channels': 4,
    'out_channels': 4,
    'block_out_channels': (32,),
    'down_block_types': ('DownEncoderBlock2D',),
    'up_block_types': ('UpDecoderBlock2D',),
    'norm_num_groups': 8,
    'mid_block_add_attention': False,
}
SCHEDULER: Mapping[str, Any] = {
    'beta_start': 0.00085,
    'beta_end': 0.012,
    'beta_schedule': 'scaled_linear',
    'clip_sample': False,
    'set_alpha_to_one': False,
    'steps_offset': 1,
}


def write_small_stable_diffusion(
    folder: Path,
    seed: int = 0,
    unet: Mapping[str, Any] | None = None,
    vae: Mapping[str, Any] | None = None,
) -> None:
    """Write a folder in the format of the hub; nothing is downloaded.

    It is loaded as the real one is, also by diffusers' ``StableDiffusionPipeline``. The weights are
    random: it shows that a pipeline runs, not what it can do. Train the parts, or replace the
    folders ``unet`` and ``vae``, for more. An autoencoder of interleaved images begins as a code
    that loses little (:func:`start_as_code`).

    Args:
        folder: Must not exist.
        seed: Of the weights.
        unet: Settings of ``UNet2DConditionModel`` that replace :data:`UNET`'s.
        vae: Settings of ``AutoencoderKL`` that replace :data:`VAE`'s.

    Raises:
        ConfigError: The folder exists, or diffusers or transformers is not installed.
    """
    if folder.exists():
        raise ConfigError(f'{folder} exists; name another folder, or delete it first')
    try:
        from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
        from transformers import CLIPTextConfig, CLIPTextModel
    except ImportError as error:
        raise ConfigError(
            f"this needs diffusers and transformers ({error}): pip install -e '.[diffusion]'"
        ) from error
    settings = {**UNET, **(unet or {})}
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f'.{folder.name}.', dir=folder.parent))
    try:
        words = write_clip_tokenizer(temporary / 'tokenizer', 77)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            text = CLIPTextConfig(
                vocab_size=words,
                hidden_size=settings['cross_attention_dim'],
                intermediate_size=2 * settings['cross_attention_dim'],
                num_hidden_layers=1,
                num_attention_heads=4,
                bos_token_id=words - 2,
                eos_token_id=words - 1,
                pad_token_id=words - 1,
            )
            parts = {
                'unet': UNet2DConditionModel(**settings),
                'vae': AutoencoderKL(**{**VAE, **(vae or {})}),
                'text_encoder': CLIPTextModel(text),
                'scheduler': DDIMScheduler(**SCHEDULER),
            }
            if parts['vae'].config.in_channels != 3:
                start_as_code(parts['vae'])
        for name, part in parts.items():
            part.save_pretrained(temporary / name)
        _write_index(temporary)
        temporary.chmod(0o755)
        temporary.replace(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _write_index(folder: Path) -> None:
    """Say which classes the parts have, as ``StableDiffusionPipeline`` wants to know."""
    from diffusers import __version__

    index = {
        '_class_name': 'StableDiffusionPipeline',
        '_diffusers_version': __version__,
        'feature_extractor': [None, None],
        'image_encoder': [None, None],
        'requires_safety_checker': False,
        'safety_checker': [None, None],
        'scheduler': ['diffusers', 'DDIMScheduler'],
        'text_encoder': ['transformers', 'CLIPTextModel'],
        'tokenizer': ['transformers', 'CLIPTokenizer'],
        'unet': ['diffusers', 'UNet2DConditionModel'],
        'vae': ['diffusers', 'AutoencoderKL'],
    }
    (folder / 'model_index.json').write_text(json.dumps(index, indent=2) + '\n')
