"""From features of places in an image to vectors that are compared."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmsar.randomness import iteration_seed


def draw_places(number: int, wanted: int, name: str) -> Tensor:
    """Draw places without putting them back; the draw follows (seed, iteration) and the name.

    Args:
        number: Of places that there are.
        wanted: Of them; all if there are not so many.
        name: Of the draw.

    Returns:
        (min(number, wanted),), on the CPU.
    """
    generator = torch.Generator().manual_seed(iteration_seed('places', name))
    return torch.randperm(number, generator=generator)[:wanted]


class PatchHeads(nn.Module):
    """Takes features at some places and maps them to vectors of length 1, a network a layer.

    The published code makes these networks when it sees the first features, so that they must be
    handed to the optimiser later; here they are there from the start.

    Source: Contrastive Learning for Unpaired Image-to-Image Translation, arXiv 2007.15651.

    Args:
        in_channels: Of each layer.
        channels: Of the vectors.
    """

    def __init__(self, in_channels: Sequence[int], channels: int = 256) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(width, channels), nn.ReLU(), nn.Linear(channels, channels))
            for width in in_channels
        )

    def forward(self, features: Sequence[Tensor], places: Sequence[Tensor]) -> list[Tensor]:
        """Return vectors (N, P, channels) of each layer.

        Args:
            features: Of each layer, (N, C, H, W).
            places: Of each layer, (P,), between 0 and H * W: the same in all images.
        """
        found = []
        for head, values, chosen in zip(self.heads, features, places, strict=True):
            taken = values.flatten(2)[..., chosen.to(values.device)].transpose(1, 2)
            found.append(functional.normalize(head(taken), dim=-1, eps=1e-7))
        return found
