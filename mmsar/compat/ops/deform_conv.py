"""Deformable convolution, version 1 and 2, through torchvision's operators."""

import torch
import torchvision  # noqa: F401  (registers torch.ops.torchvision)
from torch import Tensor


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **geometry: int,
) -> None:
    """Fill ``output`` (N, C_out, H_out, W_out)."""
    output.copy_(
        torch.ops.torchvision.deform_conv2d(
            input, weight, offset, *_no_mask(input, weight), *_geometry_v1(geometry)
        )
    )


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """Fill the gradients of the input and of the offsets."""
    grads = torch.ops.torchvision._deform_conv2d_backward(
        grad_output, input, weight, offset, *_no_mask(input, weight), *_geometry_v1(geometry)
    )
    grad_input.copy_(grads[0])
    grad_offset.copy_(grads[2])


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_weight: Tensor,
    columns: Tensor,
    ones: Tensor,
    scale: float = 1,
    **geometry: int,
) -> None:
    """Add ``scale`` times the gradient of the weight to ``grad_weight``."""
    weight = torch.zeros_like(grad_weight)
    grads = torch.ops.torchvision._deform_conv2d_backward(
        grad_output, input, weight, offset, *_no_mask(input, weight), *_geometry_v1(geometry)
    )
    grad_weight.add_(grads[1], alpha=scale)


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    with_bias: bool,
    **geometry: int,
) -> None:
    """Fill ``output`` (N, C_out, H_out, W_out)."""
    bias = _bias(bias, weight, with_bias)
    output.copy_(
        torch.ops.torchvision.deform_conv2d(
            input, weight, offset, mask, bias, *_geometry_v2(geometry)
        )
    )


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    with_bias: bool,
    **geometry: int,
) -> None:
    """Fill the five gradients."""
    grads = torch.ops.torchvision._deform_conv2d_backward(
        grad_output,
        input,
        weight,
        offset,
        mask,
        _bias(bias, weight, with_bias),
        *_geometry_v2(geometry),
    )
    for target, grad in zip((grad_input, grad_weight, grad_offset, grad_mask), grads, strict=False):
        target.copy_(grad)
    if with_bias:
        grad_bias.copy_(grads[4])


def _no_mask(input: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the empty mask and the zero bias that version 1 has."""
    return input.new_zeros(input.size(0), 0, 0, 0), weight.new_zeros(weight.size(0))


def _bias(bias: Tensor, weight: Tensor, with_bias: bool) -> Tensor:
    return bias if with_bias else weight.new_zeros(weight.size(0))


def _geometry_v1(g: dict[str, int]) -> tuple[int | bool, ...]:
    """Order stride, padding, dilation (each h, w), groups, offset groups, use_mask."""
    sizes = (g['dH'], g['dW'], g['padH'], g['padW'], g['dilationH'], g['dilationW'])
    return (*sizes, g['group'], g['deformable_group'], False)


def _geometry_v2(g: dict[str, int]) -> tuple[int | bool, ...]:
    """Order stride, padding, dilation (each h, w), groups, offset groups, use_mask."""
    names = ('stride_h', 'stride_w', 'pad_h', 'pad_w', 'dilation_h', 'dilation_w')
    return (*(g[name] for name in names), g['group'], g['deformable_group'], True)
