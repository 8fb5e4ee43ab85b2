"""The blocks of SSNet; images have their channels last, (N, H, W, C)."""

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmsar.models.restoration.cross_attention import FUSED_FROM, CrossAttentionFusion
from mmsar.models.restoration.layers import (
    Down,
    Pointwise,
    Up,
    channels_first,
    channels_last,
    depthwise,
    gate,
    scaled_residual,
)
from mmsar.models.restoration.topk_attention import TopKAttention

FFN = ('none', 'applied')
HEADS = (1, 2, 4)  # of the three streams


class SparseBlock(nn.Module):
    """A gated block with sparse attention between channels, ``x + beta * branch(x)``.

    Args:
        channels: Of the image.
        heads: Of the attention.
        ffn: ``none``, or ``applied``: a second branch, ``y + gamma * (gated feed-forward of y)``.
            The published block computes one, without gamma, and throws it away.
    """

    def __init__(self, channels: int, heads: int, ffn: str = 'none') -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(channels))
        self.conv1 = Pointwise(channels, 2 * channels)
        self.conv2 = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels)
        self.attention = TopKAttention(channels, heads)
        self.conv3 = Pointwise(channels, channels)
        self.ffn = ffn == 'applied'
        if self.ffn:
            self.conv4 = Pointwise(channels, 2 * channels)
            self.conv5 = Pointwise(channels, channels)
            self.gamma = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, channels) to the same."""
        attention, values = self.attention.matrix(gate(depthwise(self.conv1(x), self.conv2)))
        # Nothing but matrices lies between the values and the sum: one product does it all.
        last = self.beta[:, None] * self.conv3.weight
        y = scaled_residual(x, values, last @ attention, self.beta * self.conv3.bias)
        if self.ffn:
            y = y + self.gamma * self.conv5(gate(self.conv4(y)))
        return y


class MultiScaleBlock(nn.Module):
    """Three streams at full, half and quarter size, gone through twice with the same weights.

    Args:
        channels: Of the image; the streams have ``channels``, and each the factor more.
        factor: See there.
        ffn: See :class:`SparseBlock`.
        both_axes: See :class:`CrossAttentionFusion`.
        fused_from: See there.
    """

    def __init__(
        self,
        channels: int,
        factor: float,
        ffn: str = 'none',
        both_axes: bool = False,
        fused_from: int = FUSED_FROM,
    ) -> None:
        super().__init__()
        top, mid = channels, int(channels * factor)
        bot = int(mid * factor)
        self.block_top, self.block_mid, self.block_bot = (
            SparseBlock(width, heads, ffn)
            for width, heads in zip((top, mid, bot), HEADS, strict=True)
        )
        self.to_mid = Down(top, mid)
        self.to_bot = nn.Sequential(Down(top, mid), Down(mid, bot))
        self.bot_to_mid = nn.ModuleList([Up(bot, mid), Up(bot, mid)])
        self.mid_to_top = nn.ModuleList([Up(mid, top), Up(mid, top)])
        self.fuse_mid = CrossAttentionFusion(mid, both_axes, fused_from)
        self.fuse_top = CrossAttentionFusion(top, both_axes, fused_from)
        self.project = Pointwise(channels, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, channels) to the same; H and W are multiples of 4."""
        top, mid, bot = x, self.to_mid(x), self.to_bot(x)
        for bot_to_mid, mid_to_top in zip(self.bot_to_mid, self.mid_to_top, strict=True):
            bot = self.block_bot(bot)
            mid = self.fuse_mid(self.block_mid(mid), bot_to_mid(bot))
            top = self.fuse_top(self.block_top(top), mid_to_top(mid))
        return x + self.project(top)


class ResidualGroup(nn.Module):
    """Some multi-scale blocks and a convolution, around which the image is added.

    Args:
        channels: Of the image.
        blocks: How many.
        with_cp: Keep no activations within a block; they are computed again in the backward pass.
        **settings: See :class:`MultiScaleBlock`.
    """

    def __init__(
        self, channels: int, blocks: int, with_cp: bool = False, **settings: object
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            MultiScaleBlock(channels, **settings)  # type: ignore[arg-type]
            for _ in range(blocks)
        )
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.with_cp = with_cp

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, channels) to the same."""
        y = x
        for block in self.blocks:
            y = checkpoint(block, y, use_reentrant=False) if self._recompute(y) else block(y)
        return x + channels_last(self.conv(channels_first(y)))

    def _recompute(self, x: Tensor) -> bool:
        return self.with_cp and self.training and x.requires_grad
