"""Layers of HiViT.

Source: Zhang et al., HiViT, arXiv 2205.14949. An image is cut into units, the patches of a plain
vision transformer (16 x 16 pixels). Within a unit, smaller patches are processed and merged until
one token is left; only tokens of whole units attend to each other. So units can be left out from
the start, as masked pre-training does.
"""

import torch.nn.functional as F
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn
from torch.nn.init import trunc_normal_

from mmsar.errors import DataError
from mmsar.models.backbones.hivit_positions import relative_bias

NORM_EPS = 1e-6
INNER = 4  # a unit has 4 x 4 patches at first


class PatchEmbed(nn.Module):
    """Cut an image into units of 4 x 4 patches and embed each patch.

    Args:
        patch_size: Side of a unit in pixels, a multiple of 4.
        in_channels: Channels of the image.
        dims: Values a patch.
    """

    def __init__(self, patch_size: int, in_channels: int, dims: int) -> None:
        super().__init__()
        self.side = patch_size // INNER
        self.in_channels = in_channels
        self.proj = nn.Conv2d(in_channels, dims, self.side, self.side)
        self.norm = nn.LayerNorm(dims, eps=NORM_EPS)

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """Embed.

        Args:
            images: (N, C, H, W); H and W are multiples of the unit. An image with one channel is
                taken for one whose channels are all equal.
            keep: (N, K), int64: the units wanted, counted row after row. Default: all, in order.

        Returns:
            (N, K, 4, 4, dims).

        Raises:
            DataError: The images have another number of channels.
        """
        n, channels, height, width = images.shape
        side = self.side
        rows, columns = height // (side * INNER), width // (side * INNER)
        weight = self.proj.weight
        if channels == 1:
            weight = weight.sum(1, keepdim=True)
        elif channels != self.in_channels:
            raise DataError(
                f'HiViT gets images of {channels} channels, but takes {self.in_channels} (or one, '
                'repeated); set channels in mmsar.LoadSARImage, or backbone.in_channels'
            )
        # (N, rows, columns, 4, 4, C, side, side): a patch is the field of one step of proj.
        units = images.reshape(n, channels, rows, INNER, side, columns, INNER, side)
        units = units.permute(0, 2, 5, 3, 6, 1, 4, 7)
        if keep is None:
            units = units.flatten(1, 2)
        else:
            first = keep.new_tensor(range(n))[:, None]
            units = units[first, keep // columns, keep % columns]
        return self.norm(F.linear(units.flatten(4), weight.flatten(1), self.proj.bias))


class PatchMerge(nn.Module):
    """Merge 2 x 2 patches of a unit into one of twice the width.

    Args:
        dims: Values a patch.
    """

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * dims, eps=NORM_EPS)
        self.reduction = nn.Linear(4 * dims, 2 * dims, bias=False)

    def forward(self, units: Tensor) -> Tensor:
        """Merge (N, K, P, P, dims) to (N, K, P/2, P/2, 2 * dims)."""
        n, k, side, _, dims = units.shape
        merged = units.reshape(n, k, side // 2, 2, side // 2, 2, dims)
        # Column by column, as the published weights have it.
        merged = merged.permute(0, 1, 2, 4, 5, 3, 6).flatten(4)
        return self.reduction(self.norm(merged))


class Mlp(nn.Module):
    """Two linear layers with a GELU between."""

    def __init__(self, dims: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dims, hidden)
        self.fc2 = nn.Linear(hidden, dims)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., dims) to (..., dims)."""
        return self.fc2(F.gelu(self.fc1(x)))


class Attention(nn.Module):
    """Multi-head self-attention, fused.

    Args:
        dims: Values a token.
        heads: Number of heads.
        base: Rows and columns of the table of relative positions; None: there is none.
    """

    def __init__(self, dims: int, heads: int, base: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.base = base
        self.qkv = nn.Linear(dims, 3 * dims)
        self.proj = nn.Linear(dims, dims)
        if base is not None:
            offsets = (2 * base[0] - 1) * (2 * base[1] - 1)
            self.relative_position_bias_table = nn.Parameter(
                trunc_normal_(self.qkv.weight.new_empty(offsets, heads), std=0.02)
            )

    def forward(
        self,
        x: Tensor,
        grid: tuple[int, int] | None = None,
        keep: Tensor | None = None,
        some: Tensor | None = None,
    ) -> Tensor:
        """Attend.

        Args:
            x: (N, K, dims).
            grid: Rows and columns that the tokens are of; needed for relative positions.
            keep: (N, K): which positions of the grid the tokens have. Default: all, in order.
            some: (N, M), int64: the tokens that attend, to all; not with relative positions.
                Default: all.

        Returns:
            (N, M, dims).
        """
        if some is None:
            q, key, value = self._split(self.qkv(x))
        else:
            dims = x.shape[2]
            weights, biases = (p.split((dims, 2 * dims)) for p in (self.qkv.weight, self.qkv.bias))
            (q,) = self._split(F.linear(pick(x, some), weights[0], biases[0]))
            key, value = self._split(F.linear(x, weights[1], biases[1]))
        bias = None
        if self.base is not None and grid is not None:
            bias = relative_bias(self.relative_position_bias_table, self.base, grid).to(q.dtype)
            if keep is not None:
                bias = bias[0][:, keep[:, :, None], keep[:, None]].transpose(0, 1)
        y = F.scaled_dot_product_attention(q, key, value, attn_mask=bias)
        return self.proj(y.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> tuple[Tensor, ...]:
        """Split (N, K, parts * dims) into parts (N, heads, K, dims / heads)."""
        parts = x.shape[-1] // self.proj.in_features
        return x.unflatten(-1, (parts, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)


class Block(nn.Module):
    """Transformer block; without heads it has no attention.

    Args:
        dims: Values a token.
        mlp_ratio: Width of the hidden layer, in multiples of ``dims``.
        heads: Of the attention; 0: none.
        drop_path: Probability of leaving out a branch for a sample.
        window: Attend within windows of this many tokens a side; 0: to all.
        base: See :class:`Attention`.
    """

    def __init__(
        self,
        dims: int,
        mlp_ratio: float,
        heads: int = 0,
        drop_path: float = 0.0,
        window: int = 0,
        base: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.window = window
        self.attn = Attention(dims, heads, base) if heads else None
        self.norm1 = nn.LayerNorm(dims, eps=NORM_EPS) if heads else None
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()
        self.norm2 = nn.LayerNorm(dims, eps=NORM_EPS)
        self.mlp = Mlp(dims, int(dims * mlp_ratio))

    def forward(
        self,
        x: Tensor,
        grid: tuple[int, int] | None = None,
        keep: Tensor | None = None,
        some: Tensor | None = None,
    ) -> Tensor:
        """Process tokens (N, ..., dims); with attention (N, K, dims), see :class:`Attention`."""
        if self.attn is not None and self.norm1 is not None:
            if self.window and grid is not None and keep is None:
                windows = self.norm1(to_windows(x, grid, self.window))
                y = from_windows(self.attn(windows, (self.window,) * 2), grid, self.window)
            else:
                y = self.attn(self.norm1(x), grid, keep, some)
            x = (x if some is None else pick(x, some)) + self.drop_path(y)
        return x + self.drop_path(self.mlp(self.norm2(x)))


def pick(x: Tensor, some: Tensor) -> Tensor:
    """Return some tokens (N, M) of (N, K, dims)."""
    return x.gather(1, some[:, :, None].expand(-1, -1, x.shape[2]))


def to_windows(x: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    """Cut a grid of tokens into square windows.

    The grid is filled up with zeros at the bottom and on the right. As in the published code, this
    happens before the norm, and what fills takes part in the attention: the weights expect it.

    Args:
        x: (N, rows * columns, D).
        grid: Rows and columns.
        side: Tokens a side.

    Returns:
        (N * windows, side * side, D).
    """
    x = x.unflatten(1, grid)
    x = F.pad(x, (0, 0, 0, -grid[1] % side, 0, -grid[0] % side))
    n, rows, columns, dims = x.shape
    x = x.view(n, rows // side, side, columns // side, side, dims)
    return x.transpose(2, 3).reshape(-1, side * side, dims)


def from_windows(windows: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    """Undo :func:`to_windows`, to (N, rows * columns, D)."""
    across, down = -(-grid[1] // side), -(-grid[0] // side)
    x = windows.view(-1, down, across, side, side, windows.shape[-1]).transpose(2, 3)
    x = x.reshape(len(x), down * side, across * side, -1)
    return x[:, : grid[0], : grid[1]].flatten(1, 2)
