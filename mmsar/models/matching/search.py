"""Searching a large image for a chip, with one pass of the backbone over the large image."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.models.matching.dense import codes_of_windows, features_in_tiles

_PROBE = 256  # pixels a side, to find the stride of a backbone


@torch.no_grad()
def distance_map(
    model: Any,
    chip: Tensor,
    image: Tensor,
    stride: int | None = None,
    tile: int = 2048,
    halo: int = 384,
) -> tuple[NDArray[np.float32], int]:
    """Compare a radar chip with each window of its size in an optical image.

    Args:
        model: ``mmsar.BridgeNetwork``, in evaluation mode.
        chip: (1, C, h, w), as the network takes it.
        image: (1, C, H, W), likewise.
        stride: Between windows in pixels: a multiple of the backbone's stride, which is the
            default, or a part of it, which takes several passes over shifted images.
        tile: See :func:`mmsar.models.matching.dense.features_in_tiles`.
        halo: Likewise.

    Returns:
        Distances (rows, columns) of the windows that begin at multiples of the stride and lie in
        the image, and the stride.

    Raises:
        ConfigError: The stride does not fit the backbone.
        DataError: The chip is larger than the image.
    """
    window, size = chip.shape[2:], image.shape[2:]
    rows, columns = (whole - part for whole, part in zip(size, window, strict=True))
    if min(rows, columns) < 0:
        raise DataError(
            f'the radar chip has {window[1]} x {window[0]} pixels and the optical image only '
            f'{size[1]} x {size[0]}: the chip must be the smaller one'
        )
    step = backbone_stride(model.optical_branch.backbone, image)
    stride = step if stride is None else stride
    if stride < 1 or (stride % step and step % stride):
        raise ConfigError(
            f'stride={stride} is neither a multiple nor a part of {step}, that of the backbone'
        )
    code = model.sar_branch(chip)
    result = np.empty((rows // stride + 1, columns // stride + 1), np.float32)
    passes, every = max(1, step // stride), max(1, stride // step)
    for y in range(min(passes, result.shape[0])):
        for x in range(min(passes, result.shape[1])):
            shifted = image[:, :, y * stride :, x * stride :]
            distances = _distances(model.optical_branch, shifted, window, code, step, tile, halo)
            target = result[y::passes, x::passes]
            target[:] = distances[::every, ::every][: target.shape[0], : target.shape[1]]
    return result, stride


def backbone_stride(backbone: Any, image: Tensor) -> int:
    """Return the pixels that one feature of the last map stands for.

    Args:
        backbone: Returns one feature map or several.
        image: (N, C, H, W), whose channels and device the backbone takes.

    Raises:
        ConfigError: It is no whole number.
    """
    features = last_map(backbone(image.new_zeros(1, image.shape[1], _PROBE, _PROBE)))
    rows = features.shape[2]
    if _PROBE % rows:
        raise ConfigError(
            f'the optical backbone makes {rows} features of {_PROBE} pixels, which is no whole '
            'stride; its windows cannot be computed together'
        )
    return _PROBE // rows


def last_map(features: Any) -> Tensor:
    """Return the last feature map of a backbone."""
    return features if isinstance(features, Tensor) else features[-1]


def _distances(
    branch: Any,
    image: Tensor,
    window: torch.Size,
    code: Tensor,
    step: int,
    tile: int,
    halo: int,
) -> NDArray[np.float32]:
    """Return the distances of all windows at multiples of the backbone's stride."""

    def reduced(part: Tensor) -> Tensor:
        return branch.head.reduce(last_map(branch.backbone(part)))

    features = features_in_tiles(reduced, image, step, tile, halo)
    cells = (-(-window[0] // step), -(-window[1] // step))
    codes = codes_of_windows(branch.head, features, cells)
    return (codes - code[..., None, None]).square().mean(1).sqrt()[0].float().cpu().numpy()
