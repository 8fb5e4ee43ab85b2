"""Loading Stable Diffusion 1.5 and its relatives from a folder or from the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmsar.errors import CheckpointError, ConfigError

# What a folder in the format of the hub must hold.
_FILES = (
    'unet/config.json',
    'vae/config.json',
    'text_encoder/config.json',
    'tokenizer/vocab.json',
    'tokenizer/merges.txt',
    'scheduler/scheduler_config.json',
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
    source = _Source(name, variant, revision, local_files_only)
    unet = source.load_weights(diffusers.UNet2DConditionModel, 'unet')
    vae = source.load_weights(diffusers.AutoencoderKL, 'vae')
    embeds = _embed(
        source.load(transformers.CLIPTokenizer, 'tokenizer'),
        source.load_weights(transformers.CLIPTextModel, 'text_encoder'),
        prompt,
    )
    scheduler = source.load(diffusers.DDIMScheduler, 'scheduler')

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
    kind = {'vae': diffusers.AutoencoderKL, 'unet': diffusers.UNet2DConditionModel}[part]
    return _Source(name).load_weights(kind, part)


def _import_libraries() -> tuple[Any, Any]:
    try:
        import diffusers
        import transformers

        return diffusers, transformers
    except ImportError as error:
        raise ConfigError(
            f"this needs diffusers and transformers ({error}): pip install -e '.[diffusion]'"
        ) from error


class _Source:
    """A folder, or a repository on the hub."""

    def __init__(
        self,
        name: str,
        variant: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
    ) -> None:
        folder = Path(name).expanduser()
        self.name, self.is_folder, self.variant = name, folder.is_dir(), variant
        self.path = str(folder) if self.is_folder else name
        self.fetch = {'revision': revision, 'local_files_only': local_files_only}
        if self.is_folder:
            _require_files(folder)

    def load(self, kind: Any, part: str, **settings: Any) -> Any:
        """Load a part."""
        try:
            return kind.from_pretrained(self.path, subfolder=part, **self.fetch, **settings)
        except Exception as error:  # of many kinds, by file format and hub
            raise CheckpointError(_cannot_load(self.name, part, self.is_folder, error)) from error

    def load_weights(self, kind: Any, part: str) -> Any:
        """Load a network, frozen."""
        model, report = self.load(kind, part, variant=self.variant, output_loading_info=True)
        wrong = [*report['missing_keys'], *report['mismatched_keys'], *report['error_msgs']]
        if wrong:  # diffusers would leave them random, with a warning
            raise CheckpointError(
                f'{self.name}: the weights of {part} do not fit its config.json; {len(wrong)} are '
                f'missing or of another shape, such as {wrong[0]}; get the folder anew'
            )
        return model.requires_grad_(False).eval()


@torch.no_grad()
def _embed(tokenizer: Any, encoder: Any, prompt: str) -> Tensor:
    """Return what the text encoder makes of a prompt, (1, tokens, channels)."""
    length = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
    tokens = tokenizer(
        prompt, padding='max_length', max_length=length, truncation=True, return_tensors='pt'
    )
    return encoder(tokens.input_ids)[0]


def _require_files(folder: Path) -> None:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            f'{folder} has no {", ".join(missing)}: it is not (or not all of) a folder of Stable '
            'Diffusion in the format of the hub, with unet, vae, text_encoder, tokenizer and '
            'scheduler; a single .safetensors or .ckpt file must be converted first (diffusers: '
            'StableDiffusionPipeline.from_single_file(FILE).save_pretrained(FOLDER))'
        )


def _cannot_load(name: str, part: str, is_folder: bool, error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if is_folder:
        return f'{name}/{part} cannot be loaded: {lines[0]}'
    return (
        f'{name} is no folder here, and its {part} could not be fetched from the hub under this '
        f'name: {lines[0]}; give the path of a folder, or a name OWNER/MODEL of the hub'
    )


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
