"""Multi-scale deformable attention against autograd of mmcv's PyTorch form and a slow version."""

import pytest
import torch
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)

SHAPES = [(5, 4), (3, 2)]


@pytest.fixture
def inputs(rng, dtype, device):
    """Values (N 2, keys 26, heads 2, 3), locations (2, 7, 2, levels 2, points 3, 2), weights."""

    def leaf(x):
        return x.to(device, dtype).requires_grad_()

    value = torch.randn(2, 26, 2, 3, generator=rng, dtype=torch.float64)
    locations = torch.rand(2, 7, 2, 2, 3, 2, generator=rng, dtype=torch.float64) * 1.4 - 0.2
    weights = torch.rand(2, 7, 2, 2, 3, generator=rng, dtype=torch.float64)
    return leaf(value), leaf(locations), leaf(weights)


def ours(value, locations, weights):
    shapes = torch.tensor(SHAPES, device=value.device)
    start = torch.tensor([0, 20], device=value.device)
    return MultiScaleDeformableAttnFunction.apply(value, shapes, start, locations, weights, 64)


def test_matches_autograd_of_the_pytorch_form(inputs, close, rng):
    value, locations, weights = inputs
    shapes = torch.tensor(SHAPES, device=value.device)
    output = ours(value, locations, weights)
    expected = multi_scale_deformable_attn_pytorch(value, shapes, locations, weights)
    assert output.shape == (2, 7, 6)
    close(output, expected)
    grad = torch.randn(output.shape, generator=rng).to(output)
    actual = torch.autograd.grad(output, inputs, grad)
    for a, e in zip(actual, torch.autograd.grad(expected, inputs, grad), strict=True):
        close(a, e)
        assert a.abs().sum() > 0


def test_samples_are_bilinear_with_zeros_outside(inputs, close):
    value, locations, weights = (t.detach().cpu().double() for t in inputs)
    expected = torch.zeros(2, 7, 2, 3, dtype=torch.float64)
    starts = [0, 20]
    for n, q, head, level, point in torch.cartesian_prod(
        *(torch.arange(k) for k in weights.shape)
    ).tolist():
        height, width = SHAPES[level]
        x, y = (locations[n, q, head, level, point] * torch.tensor([width, height]) - 0.5).tolist()
        for row in range(height):
            for column in range(width):
                share = max(0, 1 - abs(y - row)) * max(0, 1 - abs(x - column))
                cell = value[n, starts[level] + row * width + column, head]
                expected[n, q, head] += share * weights[n, q, head, level, point] * cell
    close(ours(*inputs), expected.flatten(2))


def test_gradient_of_values_alone(inputs, close):
    value, locations, weights = inputs
    output = ours(value, locations.detach(), weights.detach())
    (grad,) = torch.autograd.grad(output.sum(), value)
    (expected,) = torch.autograd.grad(ours(value, locations, weights).sum(), value)
    close(grad, expected)
    assert grad.abs().sum() > 0
