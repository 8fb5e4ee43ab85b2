"""What a migration takes and gives."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmsar.errors import DataError


@dataclass(frozen=True)
class Migrated:
    """Images of the new sensor.

    Attributes:
        images: (N, 1, H, W), in [0, 1], at the contents' sampling; float32 (float64 with float64
            networks).
        losses: Of each step (0 is before any change) and image, without their weights, by name:
            (steps, N), those of pixels (steps / pixel_interval, N).
        patches: Number of places where an image's speckle could be compared, (N,). With none, its
            speckle loss was 0. None without that loss.
        finite: Whether an image has become one, (N,): False where values are not finite.
    """

    images: Tensor
    losses: dict[str, Tensor]
    patches: Tensor | None
    finite: Tensor

    @classmethod
    def without_losses(cls, images: Tensor) -> 'Migrated':
        """Return images that no optimisation has made."""
        return cls(images, {}, None, images.isfinite().flatten(1).all(dim=1))


def require_images(contents: Tensor, styles: Tensor) -> None:
    """Check contents and references.

    Args:
        contents: (N, 1, H, W), in [0, 1].
        styles: (S, 1, H, W), in [0, 1].

    Raises:
        DataError: Sizes differ, or values are not in [0, 1].
    """
    for name, images in (('contents', contents), ('styles', styles)):
        if images.ndim != 4 or images.shape[1] != 1 or not len(images):
            raise DataError(
                f'{name} is {tuple(images.shape)}; give (images, 1, rows, columns), one channel'
            )
        low, high = (float(end) for end in torch.aminmax(images))
        if not (low >= 0 and high <= 1):  # also where a value is not a number
            raise DataError(
                f'{name} has values from {low:g} to {high:g}; they must be in [0, 1]: stretch them '
                'by one rule for all (StretchSAR)'
            )
    if contents.shape[2:] != styles.shape[2:]:
        raise DataError(
            f'contents are {tuple(contents.shape[2:])} and styles {tuple(styles.shape[2:])} '
            '(rows, columns); cut them to one size'
        )
