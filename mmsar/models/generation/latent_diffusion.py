"""Training the U-Net of a diffusion model on radar images."""

from pathlib import Path
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor
from torch.nn import functional

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.export import export_pipeline
from mmsar.models.generation.hub_folder import HubFolder
from mmsar.models.generation.image_coder import ImageCoder, draw_latents
from mmsar.models.generation.stable_diffusion import load_network, load_stable_diffusion
from mmsar.randomness import draw_for_batch
from mmsar.registry import MODELS


@MODELS.register_module()
class LatentDiffusion(BaseModel):
    """The U-Net of a folder of Stable Diffusion 1.5, trained to find the noise in latents.

    The autoencoder stays as it is: train :class:`mmsar.LatentAutoencoder` before. The loss is the
    mean squared error of the noise, at timesteps drawn evenly.
    ``tools/model_converters/export_diffusion.py`` puts the result into a folder.

    Source: High-Resolution Image Synthesis with Latent Diffusion Models, arXiv 2112.10752,
    equation 2.

    Args:
        pretrained: Folder or hub name of Stable Diffusion 1.5 or the like.
        prompt: That the U-Net sees with every image.
        size: Of the images for the network, as in migration: they are enlarged to it.
        data_preprocessor: As in mmengine; images (N, 1, H, W) in [0, 1].
        init_cfg: As in mmengine.

    Raises:
        CheckpointError: The parts cannot be loaded.
    """

    alphas: Tensor
    prompt_embeds: Tensor

    def __init__(
        self,
        pretrained: str,
        prompt: str = '',
        size: int | None = None,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.pretrained = pretrained
        parts = load_stable_diffusion(pretrained, prompt)
        self.unet = parts.unet.requires_grad_(True).train()
        self.vae = parts.vae
        self.coder = ImageCoder(parts.vae, size)
        self.register_buffer('alphas', parts.alphas, persistent=False)
        self.register_buffer('prompt_embeds', parts.prompt_embeds, persistent=False)

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Return the loss.

        Args:
            inputs: (N, 1, H, W), in [0, 1].
            data_samples: Not looked at.
            mode: ``loss``.

        Raises:
            ConfigError: The mode is another: images are made with the exported folder.
        """
        if mode != 'loss':
            raise ConfigError(
                'LatentDiffusion is trained alone; export it to a folder '
                '(tools/model_converters/export_diffusion.py), and make images with that'
            )
        with torch.no_grad():
            latents = self.coder.normalise(draw_latents(self.coder.distribution(inputs)))
        number, levels = len(latents), len(self.alphas)
        timesteps = draw_for_batch(
            lambda n, g: torch.randint(levels, (n,), generator=g), number, 'timesteps'
        ).to(latents.device)
        noise = draw_for_batch(
            lambda n, g: torch.randn((n, *latents.shape[1:]), generator=g), number, 'noise'
        ).to(latents)
        share = self.alphas[timesteps].view(-1, 1, 1, 1).to(latents)
        noisy = share.sqrt() * latents + (1 - share).sqrt() * noise
        embeds = self.prompt_embeds.to(noisy).expand(number, -1, -1)
        found = self.unet(noisy, timesteps, encoder_hidden_states=embeds).sample
        return {'loss_noise': functional.mse_loss(found.float(), noise)}

    def export(self, folder: str | Path) -> None:
        """Write a folder of Stable Diffusion with this U-Net.

        Raises:
            ConfigError: The folder exists, or ``pretrained`` is not a folder.
            CheckpointError: The U-Net was trained behind another autoencoder than that of
                ``pretrained``.
        """
        found = self.vae.state_dict()
        there = load_network(self.pretrained, 'vae').state_dict()
        if any(not torch.equal(found[name].cpu(), weight) for name, weight in there.items()):
            raise CheckpointError(
                f'the U-Net was trained behind another autoencoder than that of {self.pretrained}; '
                'set model.pretrained to the folder that the training began with'
            )
        export_pipeline(HubFolder(self.pretrained), Path(folder), unet=self.unet)
