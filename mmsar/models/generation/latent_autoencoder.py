"""Training the autoencoder of a diffusion model on radar images."""

from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.image_coder import ImageCoder, draw_latents
from mmsar.models.generation.stable_diffusion import load_network
from mmsar.registry import MODELS

_PARTS = ('all', 'decoder')


@MODELS.register_module()
class LatentAutoencoder(BaseModel):
    """The autoencoder of a folder of Stable Diffusion, trained to reproduce radar images.

    What it loses of speckle, nothing that comes after it can bring back.
    ``tools/model_converters/publish_stable_diffusion.py`` puts the result into a folder.

    The loss is the mean absolute difference of the pixels and, where the encoder is trained, the
    Kullback-Leibler divergence of its distribution from white noise, with a small weight.

    Source: High-Resolution Image Synthesis with Latent Diffusion Models, arXiv 2112.10752, section
    3.1, without the losses of perception and discrimination, which make up details; training the
    decoder alone is what the code of Attention Distillation does for fine texture.

    Args:
        pretrained: Folder or hub name of Stable Diffusion 1.5 or the like.
        part: What is trained, ``all`` or ``decoder``. With the decoder alone the latents, and so
            the U-Net, stay what they are.
        kl_weight: Of the divergence, per value of the latent.
        size: Of the images for the network, as in migration: they are enlarged to it.
        data_preprocessor: As in mmengine; images (N, 1, H, W) in [0, 1].
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is wrong.
        CheckpointError: The autoencoder cannot be loaded.
    """

    latent_variance: Tensor
    _MOMENTUM = 0.01

    def __init__(
        self,
        pretrained: str,
        part: str = 'all',
        kl_weight: float = 1e-6,
        size: int | None = None,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if part not in _PARTS or kl_weight < 0:
            raise ConfigError(
                f'LatentAutoencoder: part={part!r}, kl_weight={kl_weight}; choose '
                f'{" or ".join(_PARTS)}, and a weight from 0'
            )
        self.part, self.kl_weight = part, kl_weight
        self.vae = load_network(pretrained, 'vae').requires_grad_(True).train()
        self.coder = ImageCoder(self.vae, size)
        if part == 'decoder':
            for name in ('encoder', 'quant_conv'):
                if getattr(self.vae, name, None) is not None:
                    getattr(self.vae, name).requires_grad_(False)
        # The U-Net is to see latents of unit variance: published as the folder's scaling factor.
        variance = torch.tensor(self.coder.scale**-2)
        self.register_buffer('latent_variance', variance)

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
            self._follow(distribution.mean)
        return losses

    @torch.no_grad()
    def _follow(self, latents: Tensor) -> None:
        """Keep a moving mean of the latents' variance."""
        self.latent_variance.lerp_(latents.float().var(), self._MOMENTUM)
