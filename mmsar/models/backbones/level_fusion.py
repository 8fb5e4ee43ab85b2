"""Fusing two aligned feature maps into one of the same width and size."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmsar.errors import ConfigError


class SumFusion(nn.Module):
    """The sum of both maps; no weights."""

    def forward(self, sar: Tensor, optical: Tensor) -> Tensor:
        """Fuse maps (N, C, H, W)."""
        return sar + optical


class ConcatFusion(nn.Module):
    """Both maps one behind the other, and a 1x1 convolution back to the width.

    It starts as the mean of the two, so that a neck sees from the beginning what pre-trained
    backbones tell.

    Args:
        channels: Width C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2 * channels, channels, kernel_size=1)
        half = torch.eye(channels)[..., None, None] / 2
        self.conv.weight = nn.Parameter(torch.cat([half, half], dim=1))
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]

    def forward(self, sar: Tensor, optical: Tensor) -> Tensor:
        """Fuse maps (N, C, H, W)."""
        return self.conv(torch.cat([sar, optical], dim=1))


class WindowCrossAttention(nn.Module):
    """Each position of one map attends to the positions of the other one in its window.

    Multi-head attention (Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2) in squares of
    ``window`` x ``window`` positions that do not overlap (Liu et al. 2021, arXiv 2103.14030): a map
    of P positions needs P x window^2 products a head in place of P^2, so cost and memory grow with
    the area. Both maps are normalised first (layer normalisation); queries and keys have a learnt
    vector for their place in the window, the same for both, so that a position can find its own
    place in the other map. A map whose sides are no multiples of the window is padded, and nothing
    attends to the padding.

    Args:
        channels: Width C of both maps.
        embed: Width of queries, keys and values, of all heads together.
        heads: Number of heads.
        window: Rows and columns of a window.
    """

    def __init__(self, channels: int, embed: int = 256, heads: int = 8, window: int = 8) -> None:
        super().__init__()
        if min(embed, heads, window) < 1 or embed % heads:
            raise ConfigError(
                f'attention: embed={embed}, heads={heads}, window={window} must be above zero, and '
                'embed a multiple of heads'
            )
        self.heads = heads
        self.window = window
        self.norm_query = nn.LayerNorm(channels)
        self.norm_context = nn.LayerNorm(channels)
        self.query = nn.Linear(channels, embed)
        self.key = nn.Linear(channels, embed)
        self.value = nn.Linear(channels, embed)
        self.project = nn.Linear(embed, channels)
        self.place = nn.Parameter(torch.empty(window**2, embed))
        for weight in (self.place, *(layer.weight for layer in self._linears())):
            nn.init.trunc_normal_(weight, std=0.02)
        for layer in self._linears():
            nn.init.zeros_(layer.bias)

    def forward(self, queries: Tensor, context: Tensor) -> Tensor:
        """Return what each position of ``queries`` gathers from ``context``; all (N, C, H, W)."""
        size = queries.shape[-2:]
        own = self.norm_query(to_windows(queries, self.window))
        other = self.norm_context(to_windows(context, self.window))
        attended = F.scaled_dot_product_attention(
            self._split(self.query(own) + self.place),
            self._split(self.key(other) + self.place),
            self._split(self.value(other)),
            attn_mask=self._inside(queries),
        )
        return from_windows(
            self.project(attended.transpose(1, 2).flatten(2)), self.window, (size[0], size[1])
        )

    def _linears(self) -> list[nn.Linear]:
        return [self.query, self.key, self.value, self.project]

    def _split(self, tokens: Tensor) -> Tensor:
        """Return (B, L, embed) as (B, heads, L, embed / heads)."""
        return tokens.reshape(*tokens.shape[:2], self.heads, -1).transpose(1, 2)

    def _inside(self, maps: Tensor) -> Tensor | None:
        """Return which positions of each window are no padding, (B, 1, 1, L); None: all."""
        number, _, height, width = maps.shape
        if height % self.window == 0 and width % self.window == 0:
            return None
        ones = maps.new_ones(1, 1, height, width)
        inside = to_windows(ones, self.window)[..., 0] > 0
        return inside.repeat(number, 1)[:, None, None]


class CrossAttentionFusion(nn.Module):
    """Each map with what it gathers from the other one added, and the sum of both.

    Args:
        channels: Width C.
        **attention: Arguments of :class:`WindowCrossAttention`.
    """

    def __init__(self, channels: int, **attention: int) -> None:
        super().__init__()
        self.sar_from_optical = WindowCrossAttention(channels, **attention)
        self.optical_from_sar = WindowCrossAttention(channels, **attention)

    def forward(self, sar: Tensor, optical: Tensor) -> Tensor:
        """Fuse maps (N, C, H, W)."""
        gathered = self.sar_from_optical(sar, optical) + self.optical_from_sar(optical, sar)
        return sar + optical + gathered


def to_windows(maps: Tensor, window: int) -> Tensor:
    """Cut maps (N, C, H, W) into windows (N x windows, window^2, C), padded with zeros."""
    maps = F.pad(maps, (0, -maps.shape[3] % window, 0, -maps.shape[2] % window))
    number, channels, height, width = maps.shape
    cut = maps.reshape(number, channels, height // window, window, width // window, window)
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(-1, window**2, channels)


def from_windows(tokens: Tensor, window: int, size: tuple[int, int]) -> Tensor:
    """Put windows (N x windows, window^2, C) together to maps (N, C, H, W) of this size."""
    rows, columns = (-(-length // window) for length in size)
    cut = tokens.reshape(-1, rows, columns, window, window, tokens.shape[2])
    maps = cut.permute(0, 5, 1, 3, 2, 4).reshape(
        -1, tokens.shape[2], rows * window, columns * window
    )
    return maps[..., : size[0], : size[1]]
