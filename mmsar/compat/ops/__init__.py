"""Substitutes for mmcv's compiled operators, with the argument lists of ``mmcv._ext``.

Outputs and gradients are written into the tensors that the caller passes, as the compiled
operators do. CPU and CUDA.
"""

from collections.abc import Callable
from typing import Any

from mmsar.compat.ops import deform_attn, deform_conv, focal_loss, nms, roi

OPERATORS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        deform_attn.ms_deform_attn_backward,
        deform_attn.ms_deform_attn_forward,
        deform_conv.deform_conv_backward_input,
        deform_conv.deform_conv_backward_parameters,
        deform_conv.deform_conv_forward,
        deform_conv.modulated_deform_conv_backward,
        deform_conv.modulated_deform_conv_forward,
        focal_loss.sigmoid_focal_loss_backward,
        focal_loss.sigmoid_focal_loss_forward,
        focal_loss.softmax_focal_loss_backward,
        focal_loss.softmax_focal_loss_forward,
        nms.nms,
        nms.softnms,
        roi.roi_align_backward,
        roi.roi_align_forward,
        roi.roi_pool_backward,
        roi.roi_pool_forward,
    )
}

__all__ = ['OPERATORS']
