"""Between radar images and the latents of a diffusion model."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from mmsar.errors import CheckpointError, DataError
from mmsar.models.generation.band_limited_resize import resize
from mmsar.randomness import draw_for_batch


class ImageCoder:
    """Codes radar images by an autoencoder that was trained on larger images in colour.

    Gray is replicated to three channels, and averaged back. Images are enlarged to the network's
    size, and what is decoded is reduced to their own sampling by the inverse
    (:func:`mmsar.models.generation.band_limited_resize.resize`), so that statistics of speckle
    are those of the sensor's pixels.

    An autoencoder of k² channels, such as 1 or 4, takes an image as k x k interleaved ones.
    Decoders of Stable Diffusion repeat each pixel to enlarge, and so lose the highest frequencies
    of what they are given; interleaving loses nothing.

    Args:
        vae: ``AutoencoderKL`` of diffusers, frozen.
        size: Of the longer side for the network, in pixels; None to leave images as they are.
        multiple: Rows and columns of latents are multiples of it.

    Raises:
        CheckpointError: The autoencoder's images have neither 3 channels nor a square number.
    """

    def __init__(self, vae: Any, size: int | None, multiple: int = 1) -> None:
        self.vae = vae
        self.size = size
        channels = int(vae.config.in_channels)
        self.colour = channels == 3
        self.interleave = 1 if self.colour else math.isqrt(channels)
        if not self.colour and self.interleave**2 != channels:
            raise CheckpointError(
                f"the autoencoder's images have {channels} channels (in_channels); it must be 3 "
                '(colour) or a square number (interleaved images)'
            )
        self.unit = multiple * self.interleave * 2 ** (len(vae.config.block_out_channels) - 1)
        self.scale = float(vae.config.scaling_factor)
        self.shift = float(getattr(vae.config, 'shift_factor', None) or 0)

    def network_shape(self, rows: int, columns: int) -> tuple[int, int]:
        """Return rows and columns of an image for the network.

        Raises:
            DataError: They would be fewer than the image has: resolution would be lost.
        """
        factor = 1.0 if self.size is None else self.size / max(rows, columns)
        height, width = (
            max(round(side * factor / self.unit), 1) * self.unit for side in (rows, columns)
        )
        if height < rows or width < columns:
            raise DataError(
                f'images of {rows} x {columns} pixels become {height} x {width} for the network, '
                f'which loses resolution; cut them, or set size to {max(rows, columns)} or more '
                f'(a multiple of {self.unit})'
            )
        return height, width

    def distribution(self, images: Tensor) -> Any:
        """Return the autoencoder's distribution of each image, differentiable.

        Args:
            images: (N, 1, H, W), in [0, 1].
        """
        large = resize(images, self.network_shape(images.shape[-2], images.shape[-1]))
        scaled = (2 * large - 1).to(self.vae.dtype)
        if self.colour:
            return self.vae.encode(scaled.expand(-1, 3, -1, -1)).latent_dist
        return self.vae.encode(pixel_unshuffle(scaled, self.interleave)).latent_dist

    def normalise(self, latents: Tensor) -> Tensor:
        """Return latents as the network takes them, of variance 1, roughly; float32 at least."""
        return (_precise(latents) - self.shift) * self.scale

    @torch.no_grad()
    def encode(self, images: Tensor) -> Tensor:
        """Return latents, the mean of the autoencoder's distribution.

        Args:
            images: (N, 1, H, W), in [0, 1].

        Returns:
            (N, channels, h, w), float32 at least.
        """
        return self.normalise(self.distribution(images).mean)

    @torch.no_grad()
    def moments(self, images: Tensor) -> Tensor:
        """Return means and logarithms of variances of the autoencoder's distributions.

        Args:
            images: (N, 1, H, W), in [0, 1].

        Returns:
            (N, 2 * channels, h, w), float32 at least, as the autoencoder gives them.
        """
        return _precise(self.distribution(images).parameters)

    def decode(self, latents: Tensor, shape: tuple[int, int]) -> Tensor:
        """Return images, differentiable and not cut to [0, 1].

        Args:
            latents: (N, channels, h, w).
            shape: Their rows and columns, at their own sampling.

        Returns:
            (N, 1, rows, columns), float32 at least.
        """
        decoded = self.vae.decode((latents / self.scale + self.shift).to(self.vae.dtype)).sample
        decoded = _precise(decoded)
        if self.colour:
            decoded = decoded.mean(dim=1, keepdim=True)
        else:
            decoded = pixel_shuffle(decoded, self.interleave)
        return resize((decoded + 1) / 2, shape)


def draw_latents(distribution: Any) -> Tensor:
    """Draw from the autoencoder's distributions, (N, channels, h, w).

    It follows the seed and the iteration; two processes draw what one would.
    """
    mean = distribution.mean
    noise = draw_for_batch(
        lambda n, g: torch.randn((n, *mean.shape[1:]), generator=g), len(mean), 'latents'
    )
    return mean + distribution.std * noise.to(mean)


def _precise(values: Tensor) -> Tensor:
    return values.to(torch.promote_types(values.dtype, torch.float32))
