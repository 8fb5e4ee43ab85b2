"""From features of a backbone to the common space of a bridge network."""

from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.registry import MODELS


@MODELS.register_module()
class BridgeHead(BaseModule):
    """1x1 convolution, 4x4 average pooling, linear, sigmoid.

    Source: section 2.1 of the paper on optical-SAR interpretation by bridge networks (2021). It
    gives neither the width of the convolution nor an activation behind it, nor how 4x4 is meant;
    those here are the published code's: 128, ReLU, and a grid of 4 x 4 cells for any image size.

    Args:
        in_channels: Channels of the backbone's last feature map.
        feat_channels: Channels behind the convolution.
        pool_size: Rows and columns behind the pooling.
        out_channels: Dimension n of the common space.
        official: Two linears as in the published code (with no activation in between), whose
            weights need them; the paper has one.
        hidden_channels: Width between the two linears.
        batch_norm: Normalise each of the n numbers over the batch before the sigmoid. The paper
            does not. From random weights the loss has a trap, all images with one code and all
            distances 0.5, which this keeps the network out of. The gain starts at 3, so that codes
            use the range of the sigmoid.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: A size is not above zero.
    """

    def __init__(
        self,
        in_channels: int,
        feat_channels: int = 128,
        pool_size: int = 4,
        out_channels: int = 50,
        official: bool = False,
        hidden_channels: int = 128,
        batch_norm: bool = False,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        sizes = {
            'in_channels': in_channels,
            'feat_channels': feat_channels,
            'pool_size': pool_size,
            'out_channels': out_channels,
            'hidden_channels': hidden_channels,
        }
        for field, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f'BridgeHead: {field}={value!r}; give a whole number above zero')
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.conv = nn.Conv2d(in_channels, feat_channels, kernel_size=1)
        self.pool = nn.AdaptiveAvgPool2d(pool_size)
        pooled = feat_channels * pool_size**2
        if official:
            self.fc1 = nn.Linear(pooled, hidden_channels)
            self.fc2 = nn.Linear(hidden_channels, out_channels)
        else:
            self.fc = nn.Linear(pooled, out_channels)
        self.official = official
        self.norm = nn.BatchNorm1d(out_channels) if batch_norm else None
        if self.norm is not None:
            nn.init.constant_(self.norm.weight, 3.0)

    def forward(self, features: Tensor | Sequence[Tensor]) -> Tensor:
        """Project an image's features.

        Args:
            features: (N, in_channels, H, W), or several levels whose last one is that.

        Returns:
            (N, out_channels), from 0 to 1.
        """
        last = features if isinstance(features, Tensor) else features[-1]
        return self.embed(self.pool(self.reduce(last)))

    def reduce(self, features: Tensor) -> Tensor:
        """Reduce the channels of a feature map of any size.

        Args:
            features: (N, in_channels, H, W).

        Returns:
            (N, feat_channels, H, W).

        Raises:
            ConfigError: The backbone gives another number of channels.
        """
        if features.shape[1] != self.in_channels:
            raise ConfigError(
                f'BridgeHead has in_channels={self.in_channels}, and its backbone gives '
                f'{features.shape[1]} channels; set head.in_channels={features.shape[1]} in that '
                'branch of the model'
            )
        return self.conv(features).relu()

    def embed(self, pooled: Tensor) -> Tensor:
        """Project pooled features.

        Args:
            pooled: (N, feat_channels, pool_size, pool_size).

        Returns:
            (N, out_channels), from 0 to 1.
        """
        flat = pooled.flatten(1)
        return self.squash(self.fc2(self.fc1(flat)) if self.official else self.fc(flat))

    def squash(self, values: Tensor) -> Tensor:
        """Bring what the linear gives into the common space.

        Args:
            values: (..., out_channels).

        Returns:
            The same shape, from 0 to 1.
        """
        if self.norm is not None:
            flat = values.reshape(-1, self.out_channels)
            if self.training and len(flat) == 1:
                # One image has no spread to divide by.
                norm = self.norm
                flat = nn.functional.batch_norm(
                    flat, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
                )
            else:
                flat = self.norm(flat)
            values = flat.view(values.shape)
        return values.sigmoid()
