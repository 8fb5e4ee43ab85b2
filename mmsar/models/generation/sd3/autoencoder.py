"""Training of the autoencoder of a small Stable Diffusion."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.hub_folder import HubFolder
from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.sd3.export import export_pipeline
from mmsar.randomness import draw_for_batch
from mmsar.registry import MODELS


@MODELS.register_module()
class RadarAutoencoder(BaseModel):
    """An ``AutoencoderKL`` of diffusers, trained on radar images.

    It makes the latent space that the transformer of a small model works in; those of the published
    models are used as they are. The loss is the mean square of what is lost, and the divergence of
    the latents from a standard normal distribution.

    ``mean`` and ``variance`` of latents are measured along the way; an exported folder has them
    as ``shift_factor`` and ``scaling_factor``.

    Args:
        pretrained: Folder or hub name with a ``vae`` to begin with.
        divergence: Weight of the divergence, per value of a latent.
        momentum: Of the running mean and variance of latents.
        loading: See :class:`mmsar.models.generation.hub_folder.HubFolder`.
        data_preprocessor: Default: :class:`mmsar.RestorationPreprocessor`.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is out of range, or diffusers is not installed.
    """

    mean: Tensor
    variance: Tensor

    def __init__(
        self,
        pretrained: str,
        divergence: float = 1e-4,
        momentum: float = 0.01,
        loading: Mapping[str, Any] | None = None,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'mmsar.RestorationPreprocessor'}, init_cfg)
        if divergence < 0 or not 0 < momentum <= 1:
            raise ConfigError(
                f'RadarAutoencoder: divergence={divergence}, momentum={momentum}; give numbers '
                'from 0, and from above 0 to 1'
            )
        try:
            from diffusers import AutoencoderKL
        except ImportError as error:
            raise ConfigError(
                f"RadarAutoencoder needs diffusers ({error}): pip install -e '.[diffusion]'"
            ) from error
        self.hub = HubFolder(pretrained, **(loading or {}))
        self.vae = self.hub.load_weights(AutoencoderKL, 'vae').requires_grad_(True).train()
        self.coder = ImageCoder(self.vae, None)
        self.divergence, self.momentum = divergence, momentum
        self.register_buffer('mean', torch.zeros(()))
        self.register_buffer('variance', torch.ones(()))

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Return losses, or what becomes of images.

        Args:
            inputs: (N, 1, H, W), in [0, 1].
            data_samples: Not looked at.
            mode: ``loss``; others give images.

        Returns:
            Losses by name; or (N, 1, H, W), by way of the means of latents.
        """
        colour = (2 * inputs - 1).expand(-1, 3, -1, -1)
        mean, log_variance = self.vae.encode(colour).latent_dist.parameters.chunk(2, dim=1)
        log_variance = log_variance.clamp(-30, 20)
        if mode != 'loss':
            return (self.vae.decode(mean).sample.mean(dim=1, keepdim=True) + 1) / 2
        shape = mean.shape[1:]
        noise = draw_for_batch(
            lambda n, g: torch.randn((n, *shape), generator=g), len(mean), 'latents'
        ).to(mean)
        latents = mean + torch.exp(0.5 * log_variance) * noise
        self._measure(latents.detach())
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return {
            'loss_image': (self.vae.decode(latents).sample - colour).square().mean(),
            'loss_divergence': self.divergence * divergence,
        }

    def _measure(self, latents: Tensor) -> None:
        self.mean.lerp_(latents.mean(), self.momentum)
        self.variance.lerp_((latents - self.mean).square().mean(), self.momentum)

    def export(self, folder: str | Path) -> None:
        """Write a folder of Stable Diffusion with this autoencoder, and the factors of its latents.

        Raises:
            ConfigError: The folder exists, or ``pretrained`` is not a folder.
        """
        self.vae.register_to_config(**self.factors())
        export_pipeline(self.hub, Path(folder), vae=self.vae)

    def factors(self) -> dict[str, float]:
        """Return what makes latents of mean 0 and variance 1, by the names of diffusers."""
        return {
            'shift_factor': float(self.mean),
            'scaling_factor': float(self.variance.rsqrt()),
        }
