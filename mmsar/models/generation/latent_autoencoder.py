"""Training the autoencoder of a diffusion model on radar images."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.export import export_pipeline
from mmsar.models.generation.hub_folder import HubFolder
from mmsar.models.generation.image_coder import ImageCoder, draw_latents
from mmsar.registry import MODELS

_PARTS = ('all', 'decoder')


@MODELS.register_module()
class LatentAutoencoder(BaseModel):
    """The autoencoder of a folder of Stable Diffusion, trained to reproduce radar images.

    What it loses of speckle, nothing that comes after it can bring back.
    ``tools/model_converters/export_diffusion.py`` puts the result into a folder.

    The loss is the mean absolute difference of the pixels and, where the encoder is trained, the
    Kullback-Leibler divergence of its distribution from white noise, with a small weight.

    Source: High-Resolution Image Synthesis with Latent Diffusion Models, arXiv 2112.10752, section
    3.1, without the losses of perception and discrimination, which make up details; training the
    decoder alone is what the code of Attention Distillation does for fine texture.

    Args:
        pretrained: Folder or hub name of Stable Diffusion, 1.5 or 3 or the like.
        part: What is trained, ``all`` or ``decoder``. With the decoder alone the latents, and so
            the network that makes them, stay what they are.
        kl_weight: Of the divergence, per value of the latent.
        size: Of the images for the network, as in migration: they are enlarged to it.
        loading: See :class:`mmsar.models.generation.hub_folder.HubFolder`.
        data_preprocessor: As in mmengine; images (N, 1, H, W) in [0, 1].
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is wrong, or diffusers is not installed.
        CheckpointError: The autoencoder cannot be loaded.
    """

    latent_mean: Tensor
    latent_square: Tensor
    _MOMENTUM = 0.01

    def __init__(
        self,
        pretrained: str,
        part: str = 'all',
        kl_weight: float = 1e-6,
        size: int | None = None,
        loading: Mapping[str, Any] | None = None,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if part not in _PARTS or kl_weight < 0:
            raise ConfigError(
                f'LatentAutoencoder: part={part!r}, kl_weight={kl_weight}; choose '
                f'{" or ".join(_PARTS)}, and a weight from 0'
            )
        try:
            from diffusers import AutoencoderKL
        except ImportError as error:
            raise ConfigError(
                f"LatentAutoencoder needs diffusers ({error}): pip install -e '.[diffusion]'"
            ) from error
        self.part, self.kl_weight = part, kl_weight
        self.hub = HubFolder(pretrained, **(loading or {}))
        self.vae = self.hub.load_weights(AutoencoderKL, 'vae').requires_grad_(True).train()
        self.coder = ImageCoder(self.vae, size)
        if part == 'decoder':
            for name in ('encoder', 'quant_conv'):
                if getattr(self.vae, name, None) is not None:
                    getattr(self.vae, name).requires_grad_(False)
        # Diffusion is to see latents of variance 1: followed, and exported as factors.
        shift, variance = torch.tensor(self.coder.shift), self.coder.scale**-2
        self.register_buffer('latent_mean', shift)
        self.register_buffer('latent_square', shift.square() + variance)

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Reproduce images.

        Args:
            inputs: (N, 1, H, W), in [0, 1].
            data_samples: Not looked at.
            mode: ``loss``, or ``tensor`` and ``predict`` for the images, (N, 1, H, W).
        """
        distribution = self.coder.distribution(inputs)
        latents = draw_latents(distribution) if mode == 'loss' else distribution.mean
        images = self.coder.decode(
            self.coder.normalise(latents), (inputs.shape[-2], inputs.shape[-1])
        )
        if mode != 'loss':
            return images.clamp(0, 1)
        losses = {'loss_pixels': (images - inputs).abs().mean()}
        if self.part == 'all':
            losses['loss_kl'] = self.kl_weight * distribution.kl().sum() / latents.numel()
            self._follow(latents.detach())
        return losses

    @torch.no_grad()
    def _follow(self, latents: Tensor) -> None:
        """Keep moving means of the latents and of their squares."""
        latents = latents.float()
        self.latent_mean.lerp_(latents.mean(), self._MOMENTUM)
        self.latent_square.lerp_(latents.square().mean(), self._MOMENTUM)

    def factors(self) -> dict[str, float]:
        """Return what makes latents of variance 1, by the names of diffusers.

        Also of mean 0, where the autoencoder has a shift, as those of Stable Diffusion 3 have.
        """
        mean, square = float(self.latent_mean), float(self.latent_square)
        factors = {'scaling_factor': (square - mean**2) ** -0.5}
        if self.vae.config.shift_factor is not None:
            factors['shift_factor'] = mean
        return factors

    def export(self, folder: str | Path) -> None:
        """Write a folder of Stable Diffusion with this autoencoder, and the factors of its latents.

        Raises:
            ConfigError: The folder exists, or ``pretrained`` is not a folder.
        """
        if self.part == 'all':
            self.vae.register_to_config(**self.factors())
        export_pipeline(self.hub, Path(folder), vae=self.vae)
