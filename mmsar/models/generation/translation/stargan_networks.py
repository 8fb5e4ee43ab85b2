"""Generator and discriminator of StarGAN."""

import torch
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS


def _norm(channels: int) -> nn.Module:
    # The published layers keep running statistics, and are never used in evaluation mode, where
    # they would matter.
    return nn.InstanceNorm2d(channels, affine=True)


class LabelledResidualBlock(nn.Module):
    """Two convolutions of 3 x 3 with instance norm of learned scale, and what came in.

    Args:
        channels: In and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            _norm(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            _norm(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, channels, H, W) of the same."""
        return features + self.block(features)


@MODELS.register_module()
class StarGANGenerator(nn.Module):
    """Translates to the domain that planes of its label beside the image say.

    Borders are filled with zeros: mirrored ones would hide the label from instance norm.

    Source: StarGAN, arXiv 1711.09020, table 4.

    Args:
        labels: Number of them.
        channels: Of the image.
        base_channels: Of the first convolution.
        num_blocks: Residual blocks.
    """

    divisor = 4

    def __init__(
        self, labels: int, channels: int = 1, base_channels: int = 64, num_blocks: int = 6
    ) -> None:
        super().__init__()
        if min(labels, channels, base_channels, num_blocks) < 1:
            raise ConfigError(
                f'StarGANGenerator: labels={labels}, channels={channels}, '
                f'base_channels={base_channels}, num_blocks={num_blocks}; give numbers from 1'
            )
        width = base_channels
        first = nn.Conv2d(channels + labels, width, 7, padding=3, bias=False)
        layers: list[nn.Module] = [first, _norm(width), nn.ReLU()]
        for _ in range(2):
            layers += [
                nn.Conv2d(width, 2 * width, 4, stride=2, padding=1, bias=False),
                _norm(2 * width),
                nn.ReLU(),
            ]
            width *= 2
        layers += [LabelledResidualBlock(width) for _ in range(num_blocks)]
        for _ in range(2):
            layers += [
                nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1, bias=False),
                _norm(width // 2),
                nn.ReLU(),
            ]
            width //= 2
        layers += [nn.Conv2d(width, channels, 7, padding=3, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return images of the domains, (N, channels, H, W), in [-1, 1].

        Args:
            images: Of the same shape; H and W are multiples of 4.
            labels: One-hot, (N, labels).
        """
        planes = labels[..., None, None].expand(-1, -1, *images.shape[-2:])
        return self.layers(torch.cat([images, planes.to(images)], dim=1))


@MODELS.register_module()
class StarGANDiscriminator(nn.Module):
    """Scores patches of images and tells their labels.

    Source: StarGAN, arXiv 1711.09020, table 5.

    Args:
        labels: Number of them.
        channels: Of the image.
        image_size: Rows and columns.
        base_channels: Of the first convolution; each doubles them.
        num_halvings: Number of convolutions, each of which halves the image.

    Raises:
        ConfigError: The image cannot be halved so often.
    """

    def __init__(
        self,
        labels: int,
        channels: int = 1,
        image_size: int = 64,
        base_channels: int = 64,
        num_halvings: int = 6,
    ) -> None:
        super().__init__()
        if image_size < 1 or image_size % 2**num_halvings:
            raise ConfigError(
                f'StarGANDiscriminator: image_size={image_size} cannot be halved {num_halvings} '
                'times; set model.discriminator.num_halvings, or image_size and the size of chips'
            )
        self.image_size = image_size
        layers: list[nn.Module] = []
        width = channels
        for number in range(num_halvings):
            wider = base_channels * 2**number
            layers += [nn.Conv2d(width, wider, 4, stride=2, padding=1), nn.LeakyReLU(0.01)]
            width = wider
        self.layers = nn.Sequential(*layers)
        self.source = nn.Conv2d(width, 1, 3, padding=1, bias=False)
        self.kind = nn.Conv2d(width, labels, image_size // 2**num_halvings, bias=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of patches, (N, 1, h, w), and logits of the labels, (N, labels).

        Raises:
            DataError: The images have another size.
        """
        if images.shape[-2:] != (self.image_size, self.image_size):
            raise DataError(
                f'chips are {tuple(images.shape[-2:])} (rows, columns), and '
                f'model.discriminator.image_size={self.image_size}; make them agree'
            )
        features = self.layers(images)
        return self.source(features), self.kind(features).flatten(1)

    def score(self, images: Tensor) -> Tensor:
        """Return the scores alone."""
        return self(images)[0]
