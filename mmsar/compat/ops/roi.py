"""RoIAlign and RoIPool.

RoIAlign is torchvision's. RoIPool is not: mmcv takes bins with fractional borders where
torchvision rounds the region first, so mmcv's rule is written out here.
"""

import torch
import torchvision  # noqa: F401  (registers torch.ops.torchvision)
from torch import Tensor

from mmsar.errors import MissingOperatorError

# Elements of the largest intermediate tensor of RoIPool (about 256 MB in float32).
_CHUNK_ELEMENTS = 2**26


def _refuse_max(pool_mode: int) -> None:
    if pool_mode != 1:
        raise MissingOperatorError(
            "RoIAlign with pool_mode='max' needs mmcv with compiled operators; use pool_mode='avg'"
        )


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` (K, C, aligned_height, aligned_width) from ``rois`` (K, 5)."""
    _refuse_max(pool_mode)
    size = (aligned_height, aligned_width)
    output.copy_(
        torch.ops.torchvision.roi_align(input, rois, spatial_scale, *size, sampling_ratio, aligned)
    )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (N, C, H, W)."""
    _refuse_max(pool_mode)
    size = (aligned_height, aligned_width, *grad_input.shape)
    grad_input.copy_(
        torch.ops.torchvision._roi_align_backward(
            grad_output, rois, spatial_scale, *size, sampling_ratio, aligned
        )
    )


def roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``output`` and ``argmax`` (K, C, pooled_height, pooled_width); -1 marks an empty bin."""
    argmax.fill_(-1)
    height, width = input.shape[-2:]
    x_bins = _bins(rois[:, 1], rois[:, 3], spatial_scale, pooled_width, width)
    y_bins = _bins(rois[:, 2], rois[:, 4], spatial_scale, pooled_height, height)
    valid = (rois[:, 3] + 1 > rois[:, 1]) & (rois[:, 4] + 1 > rois[:, 2])
    chunk = max(1, _CHUNK_ELEMENTS // max(1, input.shape[1:].numel()))
    for part in torch.arange(len(rois), device=rois.device)[valid].split(chunk):
        _pool_regions(input[rois[part, 0].long()], y_bins[part], x_bins[part], output, argmax, part)


def _pool_regions(
    features: Tensor, y_bins: Tensor, x_bins: Tensor, output: Tensor, argmax: Tensor, part: Tensor
) -> None:
    """Pool features (K, C, H, W) over bins (K, pooled, H or W): columns first, then rows.

    In this order the first of equal maxima is the first of a scan row by row, as in mmcv.
    """
    width = features.shape[-1]
    for pw in range(x_bins.shape[1]):
        columns = features.masked_fill(~x_bins[:, pw, None, None, :], -torch.inf)
        row_max, row_arg = columns.max(3)  # (K, C, H)
        for ph in range(y_bins.shape[1]):
            cells = row_max.masked_fill(~y_bins[:, ph, None, :], -torch.inf)
            value, row = cells.max(2)  # (K, C)
            index = row * width + row_arg.gather(2, row[..., None])[..., 0]
            empty = value == -torch.inf
            output[part, :, ph, pw] = value.masked_fill(empty, 0)
            argmax[part, :, ph, pw] = index.masked_fill(empty, -1).to(argmax.dtype)


def _bins(first: Tensor, last: Tensor, scale: float, pooled: int, size: int) -> Tensor:
    """Return which of ``size`` cells lie in each bin, as booleans (K, pooled, size)."""
    start = first * scale
    bin_size = ((last + 1) * scale - start) / pooled
    steps = torch.arange(pooled + 1, device=first.device, dtype=first.dtype)
    edges = steps * bin_size[:, None] + start[:, None]  # (K, pooled + 1)
    low = edges[:, :-1].floor().clamp(0, size)[..., None]
    high = edges[:, 1:].ceil().clamp(0, size)[..., None]
    cells = torch.arange(size, device=first.device, dtype=first.dtype)
    return (cells >= low) & (cells < high)


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``grad_input`` (N, C, H, W): each pooled cell sends its gradient to its maximum."""
    batch, channels, height, width = grad_input.shape
    chosen = argmax.long().flatten(2)  # (K, C, bins)
    plane = rois[:, 0].long()[:, None] * channels + torch.arange(channels, device=rois.device)
    index = plane[..., None] * (height * width) + chosen
    keep = chosen >= 0
    flat = grad_input.new_zeros(batch * channels * height * width)
    flat.index_add_(0, index[keep], grad_output.flatten(2)[keep])
    grad_input.copy_(flat.view_as(grad_input))
