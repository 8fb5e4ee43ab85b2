"""The straight way between images and noise, and how a network learns its direction."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mmsar.errors import ConfigError

DENSITIES = ('logit_normal', 'mode', 'uniform')
WEIGHTS = ('none', 'sigma_sqrt', 'cosmap')


@dataclass(frozen=True)
class RectifiedFlow:
    """Noise levels for training, as diffusers' scripts for Stable Diffusion 3 draw them.

    At level sigma the network sees ``(1 - sigma) * latents + sigma * noise`` and predicts the
    velocity ``noise - latents`` (arXiv 2403.03206, sections 2 and 3.1; equation 1 of
    arXiv 2606.28922, whose equation 2 says noise where Stable Diffusion 3 has velocity).

    Attributes:
        density: Of the draws u in (0, 1): ``logit_normal``, ``mode`` or ``uniform``.
        logit_mean: Of logit(u), for ``logit_normal``.
        logit_std: Likewise.
        mode_scale: For ``mode``.
        weight: Of the squared error at a level: ``none`` is 1, ``sigma_sqrt`` is sigma**-2,
            ``cosmap`` is 2 / (pi * (1 - 2 sigma + 2 sigma**2)).
        precondition: Compare latents, not velocities: the square is multiplied by sigma**2.

    Raises:
        ConfigError: A value is unknown or out of range.
    """

    density: str = 'logit_normal'
    logit_mean: float = 0.0
    logit_std: float = 1.0
    mode_scale: float = 1.29
    weight: str = 'none'
    precondition: bool = False

    def __post_init__(self) -> None:
        for name, known in (('density', DENSITIES), ('weight', WEIGHTS)):
            if getattr(self, name) not in known:
                raise ConfigError(
                    f'flow.{name}={getattr(self, name)!r}; choose one of {", ".join(known)}'
                )
        if not self.logit_std > 0:
            raise ConfigError(f'flow.logit_std={self.logit_std}; it must be above zero')

    def draw(self, number: int, generator: torch.Generator) -> Tensor:
        """Return draws in (0, 1), (number,); small ones are high levels of noise."""
        if self.density == 'logit_normal':
            normal = torch.randn(number, generator=generator)
            return torch.sigmoid(self.logit_mean + self.logit_std * normal)
        uniform = torch.rand(number, generator=generator)
        if self.density == 'uniform':
            return uniform
        bent = torch.cos(math.pi / 2 * uniform) ** 2 - 1 + uniform
        return 1 - uniform - self.mode_scale * bent

    def loss(self, predicted: Tensor, latents: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """Return the loss of each image, (N,).

        Args:
            predicted: Velocity that the network gives, (N, C, h, w), float32.
            latents: Of the images, likewise.
            noise: Likewise.
            sigma: Levels, (N,).
        """
        square = (predicted - (noise - latents)).square().flatten(1).mean(1)
        factor = self.weights(sigma)
        return square * (factor * sigma.square() if self.precondition else factor)

    def weights(self, sigma: Tensor) -> Tensor:
        """Return the weights of levels, (N,)."""
        if self.weight == 'sigma_sqrt':
            return sigma**-2
        if self.weight == 'cosmap':
            return 2 / (math.pi * (1 - 2 * sigma + 2 * sigma.square()))
        return torch.ones_like(sigma)


def blend(latents: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """Return what the network sees, (N, C, h, w)."""
    level = sigma.view(-1, 1, 1, 1)
    return (1 - level) * latents + level * noise
