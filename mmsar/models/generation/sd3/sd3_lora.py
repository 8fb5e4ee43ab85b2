"""Training of Stable Diffusion 3 on radar images with prompts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.export import export_pipeline
from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.sd3.adapter_files import read_adapters, save_adapters
from mmsar.models.generation.sd3.adapters import add_adapters, read_settings
from mmsar.models.generation.sd3.latents import Latents
from mmsar.models.generation.sd3.loading import StableDiffusion3, load_stable_diffusion_3
from mmsar.models.generation.sd3.prompt_embeddings import PromptEmbeddings
from mmsar.models.generation.sd3.rectified_flow import RectifiedFlow, blend
from mmsar.models.generation.sd3.sampling import sample
from mmsar.models.weights import misfits
from mmsar.randomness import draw_for_batch
from mmsar.registry import MODELS

_DTYPES = ('float32', 'bfloat16', 'float64')
_LORA: Mapping[str, Any] = {}  # all by default


@MODELS.register_module()
class SD3LoRA(BaseModel):
    """Stable Diffusion 3 or 3.5, adapted to radar images by LoRA, or trained whole.

    The transformer learns the velocity of the rectified flow at noise levels drawn as for Stable
    Diffusion 3. Autoencoder and text encoders are frozen; what they make of images and prompts can
    be kept in a cache. Of frozen parts nothing is in checkpoints: with LoRA, these hold adapters
    alone, under the names that diffusers' files have.

    Source: arXiv 2606.28922, section 2.2, equations 1, 2 and 11 to 13; arXiv 2403.03206; choices
    where the paper is silent as in diffusers' ``train_dreambooth_lora_sd3.py``.

    Args:
        pretrained: Folder or hub name of Stable Diffusion 3 or 3.5; or its parts.
        lora: Settings, see :class:`mmsar.models.generation.sd3.adapters.LoRASettings`. None: the
            whole transformer is trained.
        adapters: File of adapters, or its folder, to begin with.
        flow: Settings, see :class:`mmsar.models.generation.sd3.rectified_flow.RectifiedFlow`.
        size: Of the longer side of images for the networks, in pixels; None for that of the images.
        cache: Folder for latents and embeddings. None: nothing is kept on the disk.
        sample_latents: Draw latents from the autoencoder's distribution, as diffusers does; or
            take its mean.
        prompt_length: Tokens of a prompt for T5.
        t5: With the T5 encoder. Without, it is left out of training and generation alike.
        dtype: Of frozen weights, ``float32``, ``bfloat16`` or ``float64``; adapters are float32
            (float64 with these). A whole transformer is trained in float32 at least; mixed
            precision is the business of ``optim_wrapper``.
        gradient_checkpointing: Compute blocks again in the backward pass, for less memory.
        loading: Further arguments of :class:`mmsar.models.generation.hub_folder.HubFolder`.
        data_preprocessor: Default: :class:`mmsar.RestorationPreprocessor`.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is out of range.
        CheckpointError: Weights cannot be loaded.
    """

    def __init__(
        self,
        pretrained: str | StableDiffusion3,
        lora: Mapping[str, Any] | None = _LORA,
        adapters: str | None = None,
        flow: Mapping[str, Any] | None = None,
        size: int | None = 512,
        cache: str | None = None,
        sample_latents: bool = True,
        prompt_length: int = 77,
        t5: bool = True,
        dtype: str = 'bfloat16',
        gradient_checkpointing: bool = False,
        loading: Mapping[str, Any] | None = None,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'mmsar.RestorationPreprocessor'}, init_cfg)
        if dtype not in _DTYPES:
            raise ConfigError(
                f'SD3LoRA: dtype={dtype!r}; choose {", ".join(_DTYPES)} (float16 overflows)'
            )
        if lora is None and (dtype == 'bfloat16' or adapters):
            what = f'dtype={dtype!r}' if not adapters else f'adapters={adapters!r}'
            raise ConfigError(
                f"SD3LoRA: {what} is for LoRA; with lora=None set dtype='float32' (and, for speed, "
                "optim_wrapper.type='AmpOptimWrapper'), and leave out adapters"
            )
        try:
            self.flow = RectifiedFlow(**(flow or {}))
        except TypeError as error:
            known = ', '.join(RectifiedFlow.__dataclass_fields__)
            raise ConfigError(f'SD3LoRA: flow={dict(flow or {})}; it has {known}') from error
        self.dtype: torch.dtype = getattr(torch, dtype)
        precise = torch.promote_types(self.dtype, torch.float32)
        parts = pretrained
        if isinstance(parts, str):
            parts = load_stable_diffusion_3(parts, self.dtype, precise, **(loading or {}))
        # Not registered: what is frozen is neither optimised nor saved.
        self._parts = parts
        self._device: Any = None
        self.whole = lora is None
        if lora is None:
            self.transformer = parts.transformer.requires_grad_(True)
        else:
            self.transformer = add_adapters(parts.transformer, read_settings(lora)).to(precise)
        if adapters is not None:
            self.load_adapters(adapters)
        if gradient_checkpointing:
            parts.transformer.enable_gradient_checkpointing()
        patch = parts.transformer.config.patch_size
        self.coder = ImageCoder(parts.vae, size, patch)
        self.latents = Latents(self.coder, cache, sample_latents)
        encoders = torch.bfloat16 if dtype == 'bfloat16' else torch.float32
        self.prompts = PromptEmbeddings(
            parts.hub, parts.transformer, cache, encoders, prompt_length, t5
        )
        # Sampling will change those of the scheduler.
        self._sigmas = parts.scheduler.sigmas.clone()
        self._timesteps = parts.scheduler.timesteps.clone()

    @property
    def network(self) -> Any:
        """The transformer, with its adapters."""
        return self._parts.transformer

    @property
    def parts(self) -> StableDiffusion3:
        """All parts, the frozen ones too."""
        return self._parts

    @property
    def device(self) -> torch.device:
        """Where the work is done."""
        return self.data_preprocessor.device

    def train(self, mode: bool = True) -> 'SD3LoRA':
        """Switch the dropout of adapters on or off."""
        super().train(mode)
        self._parts.transformer.train(mode)
        return self

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Return losses, or images for prompts.

        Args:
            inputs: Images (N, 1, H, W), in [0, 1]; for ``predict`` their size alone counts.
            data_samples: N of :class:`mmsar.structures.PromptedImage`.
            mode: ``loss`` or ``predict``.

        Returns:
            The loss by name; or images (N, 1, H, W), in [0, 1], seeded by their place in the batch.

        Raises:
            ConfigError: The mode is another one, or images have no prompts.
        """
        prompts: list[Any] = [getattr(sample, 'prompt', None) for sample in data_samples or []]
        if mode not in ('loss', 'predict'):
            raise ConfigError(f"SD3LoRA: mode={mode!r}; it has 'loss' and 'predict'")
        if None in prompts or len(prompts) != len(inputs):
            raise ConfigError(
                "SD3LoRA needs a prompt for each image: put dict(type='mmsar.SARPrompt') and "
                "dict(type='mmsar.PackPrompted') at the end of the pipeline"
            )
        if mode == 'loss':
            return self.loss(inputs, prompts)
        shape = (inputs.shape[-2], inputs.shape[-1])
        return self.generate(prompts, range(len(prompts)), shape)

    def loss(self, images: Tensor, prompts: Sequence[str]) -> dict[str, Tensor]:
        """Return the loss of a batch.

        What is drawn follows the seed and the iteration (:mod:`mmsar.randomness`), for all
        processes together.

        Args:
            images: (N, 1, H, W), in [0, 1].
            prompts: N of them.
        """
        self._place()
        latents = self.latents(images.to(self.device))
        number = len(latents)
        noise = draw_for_batch(
            lambda n, g: torch.randn((n, *latents.shape[1:]), generator=g), number, 'noise'
        ).to(latents)
        draws = draw_for_batch(self.flow.draw, number, 'level')
        count = len(self._timesteps)
        places = (draws * count).long().clamp(max=count - 1)
        sigma = self._sigmas[places].to(latents)
        predicted = self.velocity(
            blend(latents, noise, sigma), self._timesteps[places].to(self.device), prompts
        )
        losses = self.flow.loss(predicted.to(latents.dtype), latents, noise, sigma)
        return {'loss_flow': losses.mean()}

    def velocity(self, latents: Tensor, timesteps: Tensor, prompts: Sequence[str]) -> Tensor:
        """Return what the transformer predicts, (N, C, h, w)."""
        tokens, pooled = self.prompts(prompts, self.device)
        return self.network(
            hidden_states=latents.to(self.dtype),
            timestep=timesteps,
            encoder_hidden_states=tokens.to(self.dtype),
            pooled_projections=pooled.to(self.dtype),
            return_dict=False,
        )[0]

    @torch.no_grad()
    def generate(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        shape: tuple[int, int],
        steps: int = 28,
        guidance: float = 4.5,
    ) -> Tensor:
        """Make images of prompts.

        An image depends on its prompt, its seed, the size, the steps and the guidance; on the
        others of its batch by rounding alone.

        Args:
            prompts: N of them.
            seeds: Of the noise that each begins as.
            shape: Rows and columns of the images.
            steps: Of the solver (Euler's, as in diffusers' pipeline).
            guidance: Of classifier-free guidance; 1 for none.

        Returns:
            (N, 1, rows, columns), in [0, 1], float32 at least; NaN where a value is not finite.
        """
        self._place()
        was_training = self.training
        self.eval()
        unguided = [''] if guidance > 1 else []
        embedded = self.prompts([*prompts, *unguided], self.device)
        latents = sample(
            self._parts, self.coder.network_shape(*shape), embedded, seeds, steps, guidance
        )
        images = self.coder.decode(latents, shape).clamp(0, 1)
        self.train(was_training)
        return images

    def save_adapters(self, folder: str | Path) -> Path:
        """Write the adapters in diffusers' format, and return the file.

        Raises:
            ConfigError: There are none.
        """
        if self.whole:
            raise ConfigError('SD3LoRA: with lora=None there are no adapters to save')
        return save_adapters(self.network, self.transformer, Path(folder))

    def export(self, folder: str | Path) -> None:
        """Write what was trained: adapters, or a folder of Stable Diffusion with the transformer.

        Raises:
            ConfigError: The folder of a whole model exists, or ``pretrained`` is not a folder.
        """
        if self.whole:
            export_pipeline(self._parts.hub, Path(folder), transformer=self.network)
        else:
            self.save_adapters(folder)

    def load_adapters(self, path: str | Path) -> None:
        """Take the weights of adapters from a file, or from one in a folder.

        Raises:
            CheckpointError: They do not fit.
        """
        weights = read_adapters(Path(path))
        problems = misfits(weights, self.transformer.state_dict())
        if problems:
            raise CheckpointError(
                f'{path} does not fit the adapters of this model: {problems}. Set lora as they '
                'were trained'
            )
        self.transformer.load_state_dict(weights)

    def _place(self) -> None:
        """Bring frozen parts to the device of the work, if it has changed."""
        if self._device != self.device:
            self._parts.transformer.to(self.device)
            self._parts.vae.to(self.device)
            self._device = self.device
