"""SSNet: super-resolution of radar images."""

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional

from mmsar.errors import ConfigError, DataError
from mmsar.models.restoration.cross_attention import FUSED_FROM
from mmsar.models.restoration.layers import channels_first, channels_last
from mmsar.models.restoration.ssnet_layers import FFN, ResidualGroup
from mmsar.registry import MODELS

DIVISOR = 4  # of the size: the third stream has a quarter of it


@MODELS.register_module()
class SSNet(BaseModule):
    """Sparse and selective feature fusion network.

    Three parallel streams of 1, 1/2 and 1/4 of the size, sparse attention between channels
    (:class:`TopKAttention`) and selective cross attention between the streams
    (:class:`CrossAttentionFusion`). The result is added to the bilinear enlargement of the input.

    Source: Gao et al., Learning Accurate Features for Super-Resolution Spacecraft ISAR Imaging,
    IEEE Geoscience and Remote Sensing Letters 2024, IEEE Xplore 10536725. With the defaults the
    output is that of the published network with the same weights.

    Args:
        in_channels: Of the input.
        out_channels: Of the output; the same, or one of the two is 1.
        num_feats: Channels of the stream of full size.
        chan_factor: Each further stream has so many times the channels of the one before.
        num_groups: Residual groups.
        num_blocks: Multi-scale blocks in a group.
        scale: Enlargement, a whole number; 1 keeps the size.
        ffn: ``none``, or ``applied``: the feed-forward half of each block, which the published code
            computes and throws away. It begins as zero, so weights without it can be continued.
        fusion_axes: ``width``, as published, or ``both``: cross attention along the columns, too.
        fused_from: Length of a row from which cross attention keeps no map of its scores.
        with_cp: Compute activations again in the backward pass: less memory, more time.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_feats: int = 80,
        chan_factor: float = 1.5,
        num_groups: int = 4,
        num_blocks: int = 2,
        scale: int = 4,
        ffn: str = 'none',
        fusion_axes: str = 'width',
        fused_from: int = FUSED_FROM,
        with_cp: bool = False,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        sizes = dict(
            in_channels=in_channels, out_channels=out_channels, num_feats=num_feats,
            num_groups=num_groups, num_blocks=num_blocks, scale=scale,
        )  # fmt: skip
        for name, value in sizes.items():
            if not (isinstance(value, int) and value > 0):
                raise ConfigError(f'SSNet: {name}={value!r}; it must be a whole number above zero')
        if in_channels != out_channels and 1 not in (in_channels, out_channels):
            raise ConfigError(
                f'SSNet: in_channels={in_channels}, out_channels={out_channels}; they must be '
                'equal, or one of them 1: the enlarged input is added to the output'
            )
        for name, choice, choices in (
            ('ffn', ffn, FFN),
            ('fusion_axes', fusion_axes, ('width', 'both')),
        ):
            if choice not in choices:
                raise ConfigError(f'SSNet: {name}={choice!r}; choose one of {", ".join(choices)}')
        if not chan_factor >= 1:
            raise ConfigError(f'SSNet: chan_factor={chan_factor}; it must be 1 or more')
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.scale = scale
        self.conv_in = nn.Conv2d(in_channels, num_feats, 3, padding=1, bias=False)
        self.groups = nn.Sequential(
            *(
                ResidualGroup(
                    num_feats,
                    num_blocks,
                    with_cp=with_cp,
                    factor=chan_factor,
                    ffn=ffn,
                    both_axes=fusion_axes == 'both',
                    fused_from=fused_from,
                )
                for _ in range(num_groups)
            )
        )
        self.conv_up = nn.Conv2d(num_feats, out_channels * scale**2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge images.

        Args:
            x: (N, in_channels, H, W), any size.

        Returns:
            (N, out_channels, scale * H, scale * W).

        Raises:
            DataError: The images have another number of channels.
        """
        if x.shape[1] != self.in_channels:
            raise DataError(
                f'SSNet gets images of {x.shape[1]} channels, but takes {self.in_channels}; set '
                'channels of LoadSARImage in the pipeline, or model.generator.in_channels'
            )
        height, width = x.shape[-2:]
        x = functional.pad(
            x, (0, -width % DIVISOR, 0, -height % DIVISOR), mode='replicate'
        )  # the published network takes multiples of 4 alone
        features = self.groups(channels_last(self.conv_in(x)))
        residual = functional.pixel_shuffle(self.conv_up(channels_first(features)), self.scale)
        large = functional.interpolate(
            x, scale_factor=self.scale, mode='bilinear', align_corners=False
        )
        if self.out_channels < self.in_channels:
            large = large.mean(1, keepdim=True)
        return (residual + large)[..., : self.scale * height, : self.scale * width].contiguous()
