"""Selective cross attention: two feature images exchange along their rows, and become one."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmsar.models.restoration.layers import Pointwise

# From this length of a row on, fused attention; below it, plain products are faster on CPUs.
# Measured with tools/benchmarks/ssnet_speed.py --rows.
FUSED_FROM = 256


class CrossAttentionFusion(nn.Module):
    """Fuse the features of two resolutions (selective cross attention).

    Each pixel looks at the pixels of its row in the other image, in both directions; the result is
    ``l + beta * (from r) + r + gamma * (from l)``. Along the rows alone it is not the same for a
    transposed image; ``both_axes`` attends along the columns too and takes the mean.

    Source: Gao et al., IEEE GRSL 2024 (see :class:`mmsar.SSNet`); the module is that of Chu et al.,
    NAFSSR, CVPRW 2022, for the two views of a stereo camera.

    Args:
        channels: Of both images.
        both_axes: Attend along rows and columns.
        fused_from: Length of a row from which no map of its scores is kept in memory; 0: always.
    """

    def __init__(
        self, channels: int, both_axes: bool = False, fused_from: int = FUSED_FROM
    ) -> None:
        super().__init__()
        self.both_axes = both_axes
        self.fused_from = fused_from
        self.norm_l = nn.LayerNorm(channels, eps=1e-6)
        self.norm_r = nn.LayerNorm(channels, eps=1e-6)
        self.query_l = Pointwise(channels, channels)
        self.query_r = Pointwise(channels, channels)
        self.value_l = Pointwise(channels, channels)
        self.value_r = Pointwise(channels, channels)
        self.beta = nn.Parameter(torch.zeros(channels))
        self.gamma = nn.Parameter(torch.zeros(channels))

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """Fuse two images (N, H, W, channels) to one."""
        queries = self.query_l(self.norm_l(left)), self.query_r(self.norm_r(right))
        # The two scales of the result are those of the values.
        values = (
            functional.linear(
                left, self.gamma[:, None] * self.value_l.weight, self.gamma * self.value_l.bias
            ),
            functional.linear(
                right, self.beta[:, None] * self.value_r.weight, self.beta * self.value_r.bias
            ),
        )
        exchanged = self.attend(*queries, *values)
        if self.both_axes:
            turned = [part.transpose(1, 2) for part in (*queries, *values)]
            exchanged = (exchanged + self.attend(*turned).transpose(1, 2)) / 2
        return left + right + exchanged

    def attend(self, query_l: Tensor, query_r: Tensor, value_l: Tensor, value_r: Tensor) -> Tensor:
        """Attend along the rows in both directions, and add the results; all (N, H, W, C)."""
        if query_l.shape[2] >= self.fused_from:
            fused = functional.scaled_dot_product_attention
            return fused(query_l, query_r, value_r) + fused(query_r, query_l, value_l)
        scores = (query_l * query_l.shape[-1] ** -0.5) @ query_r.transpose(2, 3)
        to_left = scores.softmax(dim=-1) @ value_r
        return to_left + scores.softmax(dim=-2).transpose(2, 3) @ value_l
