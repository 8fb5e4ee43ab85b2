"""Generator and discriminator of CUT."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.models.generation.translation.blur import BlurDownsample, BlurUpsample
from mmsar.registry import MODELS


class ResidualBlock(nn.Module):
    """Two convolutions of 3 x 3 with instance norm, and what came in.

    Args:
        channels: In and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, channels, H, W) of the same."""
        return features + self.block(features)


@MODELS.register_module()
class CUTGenerator(nn.Module):
    """The residual network of CUT: it changes size behind low-pass filters.

    Its layers are numbered as in the published code (taesungp/contrastive-unpaired-translation), so
    that those of the contrastive loss have the same numbers: 0 is the padded image, 4 and 8 are the
    convolutions before each halving, 12 and 16 the first and the fifth residual block.

    Args:
        channels: Of the image.
        base_channels: Of the first convolution; four times as many in the residual blocks.
        num_blocks: Residual blocks.

    Raises:
        ConfigError: A number is below one.
    """

    divisor = 4
    _FIRST_BLOCK = 12

    def __init__(self, channels: int = 1, base_channels: int = 64, num_blocks: int = 9) -> None:
        super().__init__()
        if min(channels, base_channels, num_blocks) < 1:
            raise ConfigError(
                f'CUTGenerator: channels={channels}, base_channels={base_channels}, '
                f'num_blocks={num_blocks}; give numbers from 1'
            )
        width = base_channels
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(3),
            nn.Conv2d(channels, width, 7),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
        ]
        for _ in range(2):
            layers += [
                nn.Conv2d(width, 2 * width, 3, padding=1),
                nn.InstanceNorm2d(2 * width),
                nn.ReLU(),
                BlurDownsample(),
            ]
            width *= 2
        layers += [ResidualBlock(width) for _ in range(num_blocks)]
        for _ in range(2):
            layers += [
                BlurUpsample(),
                nn.Conv2d(width, width // 2, 3, padding=1),
                nn.InstanceNorm2d(width // 2),
                nn.ReLU(),
            ]
            width //= 2
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.encoder_end = self._FIRST_BLOCK + num_blocks
        four = 4 * base_channels
        self.layer_channels = [
            *[channels, *[base_channels] * 3, *[2 * base_channels] * 4, *[four] * 4],
            *[four] * num_blocks,
        ]

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, channels, H, W) in [-1, 1] of the same; H and W are multiples of 4."""
        return self.layers(images)

    def features(self, images: Tensor, layers: Sequence[int]) -> list[Tensor]:
        """Return what the layers of these numbers give, each (N, C, H, W) of its own size.

        Args:
            images: (N, channels, H, W), in [-1, 1].
            layers: Numbers, rising.
        """
        found = []
        for number in range(layers[-1] + 1):
            images = self.layers[number](images)
            if number in layers:
                found.append(images)
        return found


@MODELS.register_module()
class BlurPatchDiscriminator(nn.Module):
    """Says of overlapping patches, of 70 pixels by default, whether they are real.

    The published one of CUT: halved behind a low-pass filter, where that of CycleGAN
    (``mmagic.PatchDiscriminator``) leaves out every second value.

    Args:
        channels: Of the image.
        base_channels: Of the first convolution.
        num_halvings: So often the image is halved.
    """

    def __init__(self, channels: int = 1, base_channels: int = 64, num_halvings: int = 3) -> None:
        super().__init__()
        width = base_channels
        layers: list[nn.Module] = [
            nn.Conv2d(channels, width, 4, padding=1),
            nn.LeakyReLU(0.2),
            BlurDownsample(),
        ]
        for number in range(1, num_halvings + 1):
            wider = base_channels * min(2**number, 8)
            layers += [
                nn.Conv2d(width, wider, 4, padding=1),
                nn.InstanceNorm2d(wider),
                nn.LeakyReLU(0.2),
            ]
            if number < num_halvings:
                layers.append(BlurDownsample())
            width = wider
        layers.append(nn.Conv2d(width, 1, 4, padding=1))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores of the patches, (N, 1, h, w), of images (N, channels, H, W)."""
        return self.layers(images)
