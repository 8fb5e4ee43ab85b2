"""The image itself as the target of masked pre-training."""

import torch
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.models.selfsup.units import from_units, normalise_units, to_units
from mmsar.registry import MODELS


@MODELS.register_module()
class PixelTarget(nn.Module):
    """Pixel values, as in the masked auto-encoder (He et al., 2022, arXiv 2111.06377).

    Args:
        norm_pix_loss: Give each patch mean 0 and variance 1, over its pixels and channels.
        patch_size: Of these patches, in pixels.

    Attributes:
        maps_per_channel: Maps that each channel of the image gives.
        stride: Pixels of the image, along each side, for one value of a map.
        map_names: Names of the maps of one channel.

    Raises:
        ConfigError: ``patch_size`` is below 2, so a patch has no variance.
    """

    def __init__(self, norm_pix_loss: bool = False, patch_size: int = 16) -> None:
        super().__init__()
        if patch_size < 2:
            raise ConfigError(f'PixelTarget: patch_size={patch_size}; give at least 2')
        self.norm_pix_loss = norm_pix_loss
        self.patch_size = patch_size
        self.maps_per_channel = 1
        self.stride = 1
        self.map_names = ('pixels',)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Return the target.

        Args:
            images: (N, C, H, W).

        Returns:
            (N, C, H, W), float32.

        Raises:
            DataError: With ``norm_pix_loss``, a side is no multiple of the patch size.
        """
        target = images.float()
        if not self.norm_pix_loss:
            return target
        grid = (images.shape[2] // self.patch_size, images.shape[3] // self.patch_size)
        with torch.autocast(images.device.type, enabled=False):
            units = normalise_units(to_units(target, self.patch_size))
        return from_units(units, self.patch_size, grid)

    def extra_repr(self) -> str:
        """Return the arguments."""
        return f'norm_pix_loss={self.norm_pix_loss}, patch_size={self.patch_size}'
