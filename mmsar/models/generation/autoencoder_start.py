"""Where the training of an autoencoder begins."""

from typing import Any

import torch
from torch import nn


@torch.no_grad()
def start_as_code(vae: Any) -> None:
    """Give an autoencoder weights with which it loses little, in place.

    Residual branches begin at 0, convolutions of 3 x 3 as orthogonal mixtures of the channels, and
    the noise on the latents at a standard deviation of about 0.05 in place of 1, which hides what
    is weak: speckle, fine detail.

    Args:
        vae: ``AutoencoderKL`` of diffusers. Random numbers are drawn from torch's generator.
    """
    for module in vae.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            module.weight *= 0.1
            centre = torch.empty(module.weight.shape[:2])
            module.weight[:, :, 1, 1] += nn.init.orthogonal_(centre)
    for module in vae.modules():
        if type(module).__name__ == 'ResnetBlock2D':
            nn.init.zeros_(module.conv2.weight)
            nn.init.zeros_(module.conv2.bias)
    # Half of the encoder's channels are logarithms of variances.
    half = vae.config.latent_channels
    vae.quant_conv.weight[half:] *= 0.1
    vae.quant_conv.bias[half:] = -6
