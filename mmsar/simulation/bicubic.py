"""Bicubic enlargement and reduction, as super-resolution uses it."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def bicubic(image: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resample with the cubic filter of MATLAB and Pillow (a = -0.5, wider where it shrinks).

    Args:
        image: (H, W, C), real.
        size: Rows and columns wanted.

    Returns:
        (*size, C), float32; it may go beyond the image's values.
    """
    pixels = torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)[None]
    return bicubic_tensor(pixels, size)[0].permute(1, 2, 0).contiguous().numpy()


def bicubic_tensor(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Resample (N, C, H, W) to (N, C, *size); see :func:`bicubic`."""
    return functional.interpolate(
        images, size=size, mode='bicubic', align_corners=False, antialias=True
    )
