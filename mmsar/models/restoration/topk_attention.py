"""Channel attention that keeps the strongest scores of each channel."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmsar.errors import ConfigError
from mmsar.models.restoration.layers import Pointwise, depthwise

# Of the channels of a head, so many are kept by the four masks (numerator, denominator).
SHARES = ((1, 2), (2, 3), (3, 4), (4, 5))


class TopKAttention(nn.Module):
    """Sparse attention between the channels of an image.

    A channel's query is compared with the keys of all channels of its head, over all pixels. Four
    masks keep the best half, two thirds, three quarters and four fifths of the scores; the softmax
    of each is a matrix of C x C, and their weighted sum is applied to the values.

    Here the four matrices become one before they meet the values, and what follows them without a
    non-linearity becomes part of it (:meth:`matrix`): the values are read once.

    Source: Chen et al., Learning A Sparse Transformer Network for Effective Image Deraining, CVPR
    2023, section 3.2.

    Args:
        channels: Of the image.
        heads: The channels are divided among so many.

    Raises:
        ConfigError: The channels cannot be divided so, or a head would have a single one.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        if channels % heads or channels // heads < 2:
            raise ConfigError(
                f'SSNet: {channels} channels cannot be divided among {heads} heads of two channels '
                'at least; choose another num_feats (16, 32, 80) or chan_factor'
            )
        self.heads = heads
        size = channels // heads
        self.counts = [size * share // whole for share, whole in SHARES]
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.mixture = nn.Parameter(torch.full((len(SHARES),), 0.2))
        self.qkv = Pointwise(channels, 3 * channels, bias=False)
        self.qkv_depthwise = nn.Conv2d(
            3 * channels, 3 * channels, 3, padding=1, groups=3 * channels, bias=False
        )
        self.project_out = Pointwise(channels, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attend.

        Args:
            x: (N, H, W, channels).

        Returns:
            The same shape.
        """
        weights, values = self.matrix(x)
        return torch.bmm(values, weights.transpose(1, 2)).view(x.shape)

    def matrix(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is applied to the values, and the values.

        Args:
            x: (N, H, W, channels).

        Returns:
            (N, channels, channels), the output projection included, and (N, H * W, channels).
        """
        n, _, _, channels = x.shape
        mixed = depthwise(self.qkv(x), self.qkv_depthwise).flatten(1, 2)
        q, k, v = mixed.split(channels, dim=2)
        # Cosines: the products first and the norms after them, which saves two images.
        precise = torch.promote_types(mixed.dtype, torch.float32)
        lengths = mixed[..., : 2 * channels].to(precise).square().sum(1).clamp_min(1e-24).sqrt()
        q, k = (part.unflatten(2, (self.heads, -1)).permute(0, 2, 3, 1) for part in (q, k))
        q_length, k_length = lengths.view(n, 2, self.heads, -1).unbind(1)
        if q.dtype == torch.float16:  # the products would overflow
            q, k = (q / q_length[..., None]).half(), (k / k_length[..., None]).half()
            scores = (q @ k.transpose(2, 3)).float()
        else:
            scores = q @ k.transpose(2, 3) / (q_length[..., :, None] * k_length[..., None, :])
        attention = merged_softmax(scores * self.temperature, self.counts, self.mixture)
        # Columns of the projection by heads: P @ blockdiag(A) = [P_1 A_1, ..., P_h A_h].
        columns = self.project_out.weight.view(channels, self.heads, -1).transpose(0, 1)
        return (columns @ attention).transpose(1, 2).reshape(n, channels, channels), v


def merged_softmax(scores: Tensor, counts: list[int], mixture: Tensor) -> Tensor:
    """Return the weighted sum of the softmaxes of the largest scores of each row.

    Args:
        scores: (..., C, C).
        counts: How many scores each softmax keeps; the others get 0. Rising.
        mixture: Their weights, (len(counts),).

    Returns:
        (..., C, C).
    """
    ranked, places = scores.sort(dim=-1, descending=True)
    exponentials = (ranked - ranked[..., :1]).exp()
    sums = exponentials.cumsum(dim=-1)
    # The best scores are in every softmax, those behind counts[i - 1] from the i-th on.
    shares = [weight / sums[..., k - 1 : k] for weight, k in zip(mixture, counts, strict=True)]
    total = scores.new_zeros(1)
    factors = []
    widths = [b - a for a, b in zip([0, *counts[:-1]], counts, strict=True)]
    for share, width in zip(reversed(shares), reversed(widths), strict=True):
        total = total + share
        factors.append(total.expand(*scores.shape[:-1], width))
    kept = torch.cat(factors[::-1], dim=-1) * exponentials[..., : counts[-1]]
    rest = scores.shape[-1] - counts[-1]
    return torch.zeros_like(scores).scatter(-1, places, functional.pad(kept, (0, rest)))
