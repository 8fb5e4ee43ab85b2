"""Loading Stable Diffusion 3 and 3.5 from a folder or from the hub."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.hub_folder import HubFolder
from mmsar.models.generation.sd3.architectures import Architecture

# What a folder in the format of the hub must hold; text encoders are asked for when needed.
_FILES = ('transformer/config.json', 'vae/config.json', 'scheduler/scheduler_config.json')
_ELSE = (
    'it is not (or not all of) a folder of Stable Diffusion 3 in the format of the hub; a single '
    'file must be converted first (diffusers: StableDiffusion3Pipeline.from_single_file(FILE)'
    '.save_pretrained(FOLDER))'
)


@dataclass(frozen=True)
class StableDiffusion3:
    """The parts that a training needs.

    Attributes:
        transformer: ``SD3Transformer2DModel`` of diffusers, frozen.
        vae: ``AutoencoderKL``, frozen.
        scheduler: ``FlowMatchEulerDiscreteScheduler``.
        hub: Where the text encoders are. None: prompts must be in the cache.
    """

    transformer: Any
    vae: Any
    scheduler: Any
    hub: HubFolder | None


def load_stable_diffusion_3(
    name: str,
    dtype: torch.dtype = torch.float32,
    vae_dtype: torch.dtype = torch.float32,
    **loading: Any,
) -> StableDiffusion3:
    """Load the parts, frozen.

    Args:
        name: A folder, or a name on the hub such as ``stabilityai/stable-diffusion-3.5-medium``.
        dtype: Of the transformer.
        vae_dtype: Of the autoencoder.
        **loading: See :class:`mmsar.models.generation.hub_folder.HubFolder`.

    Raises:
        ConfigError: diffusers is not installed.
        CheckpointError: A part cannot be loaded, or the parts do not fit each other.
    """
    try:
        from diffusers import (
            AutoencoderKL,
            FlowMatchEulerDiscreteScheduler,
            SD3Transformer2DModel,
        )
    except ImportError as error:
        raise ConfigError(
            f"generation needs diffusers and transformers ({error}): pip install -e '.[diffusion]'"
        ) from error
    hub = HubFolder(name, **loading)
    hub.require_files(_FILES, _ELSE)
    parts = StableDiffusion3(
        hub.load_weights(SD3Transformer2DModel, 'transformer', torch_dtype=dtype),
        hub.load_weights(AutoencoderKL, 'vae', torch_dtype=vae_dtype),
        hub.load(FlowMatchEulerDiscreteScheduler, 'scheduler'),
        hub,
    )
    _require_fit(name, parts)
    return parts


def build_stable_diffusion_3(
    architecture: Architecture, dtype: torch.dtype = torch.float32
) -> StableDiffusion3:
    """Build the parts with random weights, without text encoders.

    Within ``torch.device('meta')`` it takes no memory: to look at what cannot be loaded here.

    Args:
        architecture: One of ``ARCHITECTURES`` beside it.
        dtype: Of the transformer.
    """
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel

    with torch.device('cpu'):
        scheduler = FlowMatchEulerDiscreteScheduler(shift=architecture.shift)
    networks = SD3Transformer2DModel(**architecture.transformer), AutoencoderKL(**architecture.vae)
    transformer, vae = (network.requires_grad_(False).eval() for network in networks)
    return StableDiffusion3(transformer.to(dtype), vae, scheduler, None)


def load_text_encoders(hub: HubFolder, dtype: torch.dtype, t5: bool = True) -> Mapping[str, Any]:
    """Load what makes embeddings of prompts, as arguments of ``StableDiffusion3Pipeline``.

    Args:
        hub: Where.
        dtype: Of the encoders.
        t5: With the T5 encoder, which takes most of the memory. Without, as the pipeline without.

    Raises:
        CheckpointError: They cannot be loaded.
    """
    from transformers import (
        CLIPTextModelWithProjection,
        CLIPTokenizer,
        T5EncoderModel,
        T5TokenizerFast,
    )

    hub.require_files(('tokenizer/vocab.json', 'text_encoder/config.json'), _ELSE)
    clip = CLIPTokenizer, CLIPTextModelWithProjection
    kinds = [('', *clip), ('_2', *clip), *([('_3', T5TokenizerFast, T5EncoderModel)] if t5 else [])]
    parts: dict[str, Any] = {'tokenizer_3': None, 'text_encoder_3': None}
    for suffix, tokenizer, encoder in kinds:
        parts[f'tokenizer{suffix}'] = hub.load(tokenizer, f'tokenizer{suffix}')
        name = f'text_encoder{suffix}'
        parts[name] = hub.load_weights(encoder, name, torch_dtype=dtype)
    return parts


def _require_fit(name: str, parts: StableDiffusion3) -> None:
    channels = parts.transformer.config.in_channels
    if channels != parts.vae.config.latent_channels:
        raise CheckpointError(
            f'{name}: the transformer takes {channels} channels and the autoencoder makes '
            f'{parts.vae.config.latent_channels}; get the folder anew'
        )
