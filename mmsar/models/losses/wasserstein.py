"""The penalty that makes a discriminator a distance."""

import torch
from torch import Tensor, nn


def gradient_penalty(scores: nn.Module, real: Tensor, fake: Tensor, shares: Tensor) -> Tensor:
    """Return how far the gradient of a discriminator between two images is from length 1.

    Source: Improved Training of Wasserstein GANs, arXiv 1704.00028, equation 3.

    Args:
        scores: From images to scores of patches (N, ...), whose sum is differentiated, as the
            published code of StarGAN has it.
        real: (N, C, H, W).
        fake: Likewise; needs no gradient and gets none.
        shares: Of the real image in the mixture, (N,), in [0, 1].

    Returns:
        Mean of (length - 1)^2, a scalar with a graph.
    """
    share = shares.view(-1, 1, 1, 1).to(real)
    mixed = (share * real + (1 - share) * fake).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(scores(mixed).sum(), mixed, create_graph=True)
    return (gradient.flatten(1).square().sum(dim=1).sqrt() - 1).square().mean()
