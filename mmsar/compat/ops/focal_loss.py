"""Focal losses (Lin et al. 2017), element-wise, as mmcv's CUDA kernels compute them."""

import torch
from torch import Tensor

_TINY = torch.finfo(torch.float32).tiny


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N, C) from logits (N, C) and labels (N,); label C is background."""
    p = input.sigmoid()
    positive = -alpha * (1 - p) ** gamma * p.clamp(min=_TINY).log()
    negative = -(1 - alpha) * p**gamma * (1 - p).clamp(min=_TINY).log()
    output.copy_(_choose(positive, negative, target) * _row_weight(weight, target, input))


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``grad_input`` (N, C), the derivative with respect to the logits."""
    p = input.sigmoid()
    q = 1 - p
    positive = -alpha * q**gamma * (q - gamma * p * p.clamp(min=_TINY).log())
    negative = -(1 - alpha) * p**gamma * (gamma * q * q.clamp(min=_TINY).log() - p)
    grad_input.copy_(_choose(positive, negative, target) * _row_weight(weight, target, input))


def softmax_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N,) from softmax probabilities (N, C) and labels (N,); -1 is ignored."""
    p = _at_label(input, target)
    loss = -alpha * (1 - p) ** gamma * p.clamp(min=_TINY).log()
    loss = loss * _row_weight(weight, target, input)[:, 0]
    output.copy_(torch.where(target >= 0, loss, 0.0))


def softmax_focal_loss_backward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    buff: Tensor,
    grad_input: Tensor,
    gamma: float,
    alpha: float,
) -> None:
    """Fill ``buff`` (N,) and ``grad_input`` (N, C), the derivative with respect to the logits."""
    p = _at_label(input, target)
    q = 1 - p
    slope = alpha * (-(q**gamma) + gamma * q ** (gamma - 1) * p * p.clamp(min=_TINY).log())
    slope = slope * _row_weight(weight, target, input)[:, 0]
    buff.copy_(torch.where(target >= 0, slope, 0.0))
    one_hot = target[:, None] == torch.arange(input.size(1), device=input.device)
    grad_input.copy_(buff[:, None] * (one_hot.to(input) - input))


def _choose(positive: Tensor, negative: Tensor, target: Tensor) -> Tensor:
    """Take ``positive`` in the column of the label and ``negative`` in all others."""
    columns = torch.arange(positive.size(1), device=positive.device)
    return torch.where(target[:, None] == columns, positive, negative)


def _row_weight(weight: Tensor, target: Tensor, like: Tensor) -> Tensor:
    """Return the class weight of each row (N, 1); 1 without weights or for background."""
    if weight.numel() == 0:
        return like.new_ones(1, 1)
    inside = (target >= 0) & (target < weight.numel())
    return torch.where(inside, weight[target.where(inside, 0)], 1.0)[:, None]


def _at_label(softmax: Tensor, target: Tensor) -> Tensor:
    return softmax.gather(1, target.clamp(min=0)[:, None])[:, 0]
