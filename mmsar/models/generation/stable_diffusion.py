"""Loading Stable Diffusion 1.5 and its relatives from a folder or from the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.hub_folder import HubFolder

# What a folder in the format of the hub must hold.
_FILES = (
    'unet/config.json',
    'vae/config.json',
    'text_encoder/config.json',
    'tokenizer/vocab.json',
    'tokenizer/merges.txt',
    'scheduler/scheduler_config.json',
)
_NO_FOLDER = (
    'it is not (or not all of) a folder of Stable Diffusion in the format of the hub, with unet, '
    'vae, text_encoder, tokenizer and scheduler; a single .safetensors or .ckpt file must be '
    'converted first (diffusers: StableDiffusionPipeline.from_single_file(FILE)'
    '.save_pretrained(FOLDER))'
)


@dataclass(frozen=True)
class StableDiffusion:
    """The parts that migration needs.

    Attributes:
        unet: ``UNet2DConditionModel`` of diffusers.
        vae: ``AutoencoderKL``.
        prompt_embeds: Of the prompt, (1, tokens, channels).
        timesteps: Returns the timesteps of the diffusion process, falling, for a number of them.
        alphas: Share of the image in the variance at each timestep, falling, (timesteps,).
    """

    unet: Any
    vae: Any
    prompt_embeds: Tensor
    timesteps: Callable[[int], Tensor]
    alphas: Tensor


def load_stable_diffusion(
    name: str,
    prompt: str = '',
    variant: str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
) -> StableDiffusion:
    """Load the parts, in float32, frozen; the text encoder is used once and let go.

    Args:
        name: A folder, or a name on the hub such as ``stable-diffusion-v1-5/stable-diffusion-v1-5``
            (diffusers fetches it once and keeps it in its cache).
        prompt: That the U-Net sees.
        variant: Of the weights' files, such as ``fp16``.
        revision: Of the repository on the hub.
        local_files_only: Fetch nothing.

    Raises:
        ConfigError: diffusers or transformers is not installed.
        CheckpointError: A file is missing or unreadable, weights do not fit, or the parts do not
            fit each other.
    """
    diffusers, transformers = _import_libraries()
    hub = HubFolder(name, variant, revision, local_files_only)
    hub.require_files(_FILES, _NO_FOLDER)
    unet = hub.load_weights(diffusers.UNet2DConditionModel, 'unet')
    vae = hub.load_weights(diffusers.AutoencoderKL, 'vae')
    tokenizer = hub.load(transformers.CLIPTokenizer, 'tokenizer')
    encoder = hub.load_weights(transformers.CLIPTextModel, 'text_encoder')
    embeds = _embed(tokenizer, encoder, prompt)
    scheduler = hub.load(diffusers.DDIMScheduler, 'scheduler')

    def timesteps(steps: int) -> Tensor:
        scheduler.set_timesteps(steps)
        return scheduler.timesteps.clone()

    parts = StableDiffusion(unet, vae, embeds, timesteps, scheduler.alphas_cumprod.clone())
    _require_fit(name, parts)
    return parts


def load_network(name: str, part: str) -> Any:
    """Load one network of a folder or of the hub, in float32, frozen.

    Args:
        name: See :func:`load_stable_diffusion`.
        part: ``vae`` or ``unet``.

    Raises:
        ConfigError: diffusers is not installed.
        CheckpointError: A file is missing or unreadable, or weights do not fit.
    """
    diffusers, _ = _import_libraries()
    hub = HubFolder(name)
    hub.require_files(_FILES, _NO_FOLDER)
    kind = {'vae': diffusers.AutoencoderKL, 'unet': diffusers.UNet2DConditionModel}[part]
    return hub.load_weights(kind, part)


def _import_libraries() -> tuple[Any, Any]:
    try:
        import diffusers
        import transformers

        return diffusers, transformers
    except ImportError as error:
        raise ConfigError(
            f"this needs diffusers and transformers ({error}): pip install -e '.[diffusion]'"
        ) from error


@torch.no_grad()
def _embed(tokenizer: Any, encoder: Any, prompt: str) -> Tensor:
    """Return what the text encoder makes of a prompt, (1, tokens, channels)."""
    length = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
    tokens = tokenizer(
        prompt, padding='max_length', max_length=length, truncation=True, return_tensors='pt'
    )
    return encoder(tokens.input_ids)[0]


def _require_fit(name: str, parts: StableDiffusion) -> None:
    unet, vae = parts.unet.config, parts.vae.config
    if unet.in_channels != vae.latent_channels:
        raise CheckpointError(
            f'{name}: the U-Net takes {unet.in_channels} channels and the autoencoder makes '
            f'{vae.latent_channels}; models for inpainting and the like cannot be used'
        )
    if unet.cross_attention_dim != parts.prompt_embeds.shape[-1]:
        raise CheckpointError(
            f'{name}: the U-Net takes prompts of {unet.cross_attention_dim} channels and the text '
            f'encoder makes {parts.prompt_embeds.shape[-1]}; take a model with a single text '
            'encoder, of the type of Stable Diffusion 1.5'
        )
