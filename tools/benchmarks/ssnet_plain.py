"""SSNet as it is described, operation by operation, to measure mmsar's against.

Images have their channels first; the four masks are four softmaxes and four products; the maps of
the cross attention lie in memory; the feed-forward half of each block is computed and thrown away.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmsar.models.restoration import SSNet
from mmsar.models.restoration.cross_attention import CrossAttentionFusion
from mmsar.models.restoration.ssnet_layers import MultiScaleBlock, SparseBlock


class PlainSSNet(nn.Module):
    """The same function as a :class:`mmsar.SSNet`, from its weights.

    Args:
        model: With ``ffn='none'`` and ``fusion_axes='width'``; its weights are copied.
    """

    def __init__(self, model: SSNet) -> None:
        super().__init__()
        groups: Any = model.groups
        self.scale = model.scale
        self.conv_in = _convolution(model.conv_in)
        self.groups = nn.ModuleList(
            nn.Sequential(*map(_MultiScale, group.blocks), _convolution(group.conv))
            for group in groups
        )
        self.conv_up = _convolution(model.conv_up)

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge (N, C, H, W); H and W are multiples of 4."""
        features = self.conv_in(x)
        for group in self.groups:
            features = features + group(features)
        large = functional.interpolate(x, scale_factor=self.scale, mode='bilinear')
        return functional.pixel_shuffle(self.conv_up(features), self.scale) + large


class _MultiScale(nn.Module):
    def __init__(self, block: MultiScaleBlock) -> None:
        super().__init__()
        self.top, self.mid, self.bot = (
            _Block(part) for part in (block.block_top, block.block_mid, block.block_bot)
        )
        self.to_mid = _pointwise(block.to_mid.project)
        downs: Any = block.to_bot
        self.to_bot = nn.ModuleList(_pointwise(down.project) for down in downs)
        ups: Any = (block.bot_to_mid, block.mid_to_top)
        self.bot_to_mid, self.mid_to_top = (
            nn.ModuleList(_pointwise(up.project) for up in pair) for pair in ups
        )
        self.fuse_mid, self.fuse_top = _Fusion(block.fuse_mid), _Fusion(block.fuse_top)
        self.project = _pointwise(block.project)

    def forward(self, x: Tensor) -> Tensor:
        def half(image: Tensor) -> Tensor:
            return functional.avg_pool2d(image, 2, ceil_mode=True, count_include_pad=False)

        def double(image: Tensor) -> Tensor:
            return functional.interpolate(image, scale_factor=2, mode='bilinear')

        top, mid = x, self.to_mid(half(x))
        bot = self.to_bot[1](half(self.to_bot[0](half(x))))
        for bot_to_mid, mid_to_top in zip(self.bot_to_mid, self.mid_to_top, strict=True):
            top, mid, bot = self.top(top), self.mid(mid), self.bot(bot)
            mid = self.fuse_mid(mid, double(bot_to_mid(bot)))
            top = self.fuse_top(top, double(mid_to_top(mid)))
        return x + self.project(top)


class _Block(nn.Module):
    def __init__(self, block: SparseBlock) -> None:
        super().__init__()
        channels = len(block.beta)
        self.beta = _scale(block.beta)
        self.conv1, self.conv3 = _pointwise(block.conv1), _pointwise(block.conv3)
        self.conv2 = _convolution(block.conv2)
        self.attention = _Attention(block.attention)
        self.conv4 = nn.Conv2d(channels, 2 * channels, 1)  # what it makes is thrown away
        self.conv5 = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = _gate(self.conv2(self.conv1(x)))
        y = x + self.conv3(self.attention(y)) * self.beta
        self.conv5(_gate(self.conv4(y)))
        return y


class _Attention(nn.Module):
    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.heads, self.counts = attention.heads, attention.counts
        self.temperature = nn.Parameter(attention.temperature.detach().clone())
        self.mixture = nn.ParameterList(attention.mixture.detach().clone().split(1))
        self.qkv = _pointwise(attention.qkv)
        self.qkv_depthwise = _convolution(attention.qkv_depthwise)
        self.project_out = _pointwise(attention.project_out)

    def forward(self, x: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        parts = self.qkv_depthwise(self.qkv(x)).chunk(3, dim=1)
        q, k, v = (part.reshape(n, self.heads, -1, height * width) for part in parts)
        q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
        scores = (q @ k.transpose(2, 3)) * self.temperature
        total: Tensor | float = 0.0
        for weight, count in zip(self.mixture, self.counts, strict=True):
            places = scores.topk(count, dim=-1, largest=True)[1]
            mask = torch.zeros_like(scores).scatter_(-1, places, 1.0)
            kept = torch.where(mask > 0, scores, torch.full_like(scores, float('-inf')))
            total = total + weight * (kept.softmax(dim=-1) @ v)
        assert isinstance(total, Tensor)
        return self.project_out(total.reshape(n, channels, height, width))


class _Fusion(nn.Module):
    def __init__(self, fusion: CrossAttentionFusion) -> None:
        super().__init__()
        self.norm_l, self.norm_r = _Norm(fusion.norm_l), _Norm(fusion.norm_r)
        self.query_l, self.query_r = _pointwise(fusion.query_l), _pointwise(fusion.query_r)
        self.value_l, self.value_r = _pointwise(fusion.value_l), _pointwise(fusion.value_r)
        self.beta, self.gamma = _scale(fusion.beta), _scale(fusion.gamma)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        query_l = self.query_l(self.norm_l(left)).permute(0, 2, 3, 1)
        query_r = self.query_r(self.norm_r(right)).permute(0, 2, 1, 3)
        value_l = self.value_l(left).permute(0, 2, 3, 1)
        value_r = self.value_r(right).permute(0, 2, 3, 1)
        scores = query_l @ query_r  # N x H maps of W x W
        scores = scores * left.shape[1] ** -0.5
        to_left = (scores.softmax(dim=-1) @ value_r).permute(0, 3, 1, 2)
        to_right = (scores.transpose(2, 3).softmax(dim=-1) @ value_l).permute(0, 3, 1, 2)
        return left + to_left * self.beta + right + to_right * self.gamma


class _Norm(nn.Module):
    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight, self.bias = _scale(norm.weight), _scale(norm.bias)
        self.eps = norm.eps

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(1, keepdim=True)
        variance = centred.square().mean(1, keepdim=True)
        return centred / (variance + self.eps).sqrt() * self.weight + self.bias


def _gate(x: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=1)
    return first * second


def _scale(parameter: Tensor) -> nn.Parameter:
    return nn.Parameter(parameter.detach().clone().view(1, -1, 1, 1))


def _convolution(other: nn.Conv2d) -> nn.Conv2d:
    result = nn.Conv2d(
        other.in_channels,
        other.out_channels,
        3,
        padding=1,
        groups=other.groups,
        bias=other.bias is not None,
    )
    result.load_state_dict(other.state_dict())
    return result


def _pointwise(linear: nn.Linear) -> nn.Conv2d:
    result = nn.Conv2d(linear.in_features, linear.out_features, 1, bias=linear.bias is not None)
    weights = dict(linear.state_dict())
    weights['weight'] = weights['weight'][..., None, None]
    result.load_state_dict(weights)
    return result
