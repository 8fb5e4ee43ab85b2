"""DeformConv2d and ModulatedDeformConv2d against torchvision's, with autograd."""

import pytest
import torch
import torch.nn.functional as F
from mmcv.ops import (
    DeformConv2d,
    ModulatedDeformConv2d,
    deform_conv2d,
    modulated_deform_conv2d,
)
from torchvision.ops import deform_conv2d as reference

GEOMETRIES = {
    'plain': {'padding': 1},
    'stride': {'stride': (2, 1), 'padding': (0, 1)},
    'dilation': {'dilation': (1, 2), 'padding': (2, 3)},
    'groups': {'groups': 2, 'padding': 1},
    'deform_groups': {'deform_groups': 2, 'padding': 1},
    'everything': {
        'stride': (1, 2),
        'padding': (2, 1),
        'dilation': (2, 1),
        'groups': 2,
        'deform_groups': 4,
    },
}


def without_deform_groups(geometry):
    return {k: v for k, v in geometry.items() if k not in ('groups', 'deform_groups')}


@pytest.fixture(params=GEOMETRIES.values(), ids=GEOMETRIES.keys())
def case(request, rng, dtype, device):
    """Random input, offset, mask, weight and bias; kernels are 3 high and 2 wide."""
    geometry = request.param
    groups, deform_groups = geometry.get('groups', 1), geometry.get('deform_groups', 1)

    def random(*shape):
        x = torch.randn(*shape, generator=rng, dtype=torch.float64)
        return x.to(device, dtype).requires_grad_()

    x, weight = random(3, 4, 7, 8), random(6, 4 // groups, 3, 2)
    size = F.conv2d(x, random(1, 4, 3, 2), **without_deform_groups(geometry)).shape[2:]
    offset = random(3, deform_groups * 2 * 3 * 2, *size)
    mask = random(3, deform_groups * 3 * 2, *size)
    return geometry, x, offset, mask, weight, random(6)


def run(function, inputs):
    """Return the output and the gradients of a random projection of it."""
    inputs = [t.detach().clone().requires_grad_() for t in inputs]
    output = function(*inputs)
    projection = torch.linspace(-1, 2, output.numel()).view(output.shape).to(output)
    return [output, *torch.autograd.grad((output * projection).sum(), inputs)]


def all_close(close, actual, expected):
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert a.shape == e.shape
        close(a, e)
        assert a.abs().sum() > 0


@pytest.mark.parametrize('im2col_step', [1, 32])
def test_deform_conv_matches_torchvision(case, close, im2col_step):
    geometry, x, offset, _, weight, _ = case
    arguments = without_deform_groups(geometry)

    def ours(x, offset, weight):
        groups, deform_groups = geometry.get('groups', 1), geometry.get('deform_groups', 1)
        return deform_conv2d(
            x,
            offset,
            weight,
            arguments.get('stride', 1),
            arguments.get('padding', 0),
            arguments.get('dilation', 1),
            groups,
            deform_groups,
            False,
            im2col_step,
        )

    def theirs(x, offset, weight):
        return reference(x, offset, weight, None, **arguments)

    inputs = x, offset, weight
    all_close(close, run(ours, inputs), run(theirs, inputs))


@pytest.mark.parametrize('with_bias', [True, False])
def test_modulated_deform_conv_matches_torchvision(case, close, with_bias):
    geometry, x, offset, mask, weight, bias = case
    arguments = without_deform_groups(geometry)

    def ours(x, offset, mask, weight, bias=None):
        groups, deform_groups = geometry.get('groups', 1), geometry.get('deform_groups', 1)
        return modulated_deform_conv2d(
            x,
            offset,
            mask,
            weight,
            bias,
            arguments.get('stride', 1),
            arguments.get('padding', 0),
            arguments.get('dilation', 1),
            groups,
            deform_groups,
        )

    def theirs(x, offset, mask, weight, bias=None):
        return reference(x, offset, weight, bias, mask=mask, **arguments)

    inputs = (x, offset, mask, weight, bias) if with_bias else (x, offset, mask, weight)
    all_close(close, run(ours, inputs), run(theirs, inputs))


@pytest.mark.parametrize('layer', [DeformConv2d, ModulatedDeformConv2d])
def test_no_offset_is_an_ordinary_convolution(dtype, device, rng, close, layer):
    conv = layer(4, 6, (3, 2), stride=2, padding=1, groups=2, deform_groups=2).to(device, dtype)
    x = torch.randn(2, 4, 7, 8, generator=rng).to(device, dtype)
    expected = F.conv2d(x, conv.weight, getattr(conv, 'bias', None), 2, 1, groups=2)
    offset = x.new_zeros(2, 24, *expected.shape[2:])
    mask = [offset[:, :12] + 1] if layer is ModulatedDeformConv2d else []
    close(conv(x, offset, *mask), expected)


def test_offsets_are_y_then_x(dtype, device, rng, close):
    # One kernel point, moved one row down and two columns right: the image is shifted.
    x = torch.randn(1, 1, 6, 6, generator=rng).to(device, dtype)
    weight = x.new_ones(1, 1, 1, 1)
    offset = x.new_tensor([1, 2]).view(1, 2, 1, 1).expand(1, 2, 6, 6).contiguous()
    output = deform_conv2d(x, offset, weight)
    close(output[..., :-1, :-2], x[..., 1:, 2:])
    assert not output[..., -1, :].any()
    assert not output[..., -2:].any()


def test_the_mask_scales_the_samples(dtype, device, rng, close):
    x = torch.randn(1, 2, 5, 5, generator=rng).to(device, dtype)
    layer = ModulatedDeformConv2d(2, 3, 3, padding=1).to(device, dtype)
    torch.nn.init.normal_(layer.bias)
    offset, mask = x.new_zeros(1, 18, 5, 5), x.new_full((1, 9, 5, 5), 0.25)
    expected = 0.25 * F.conv2d(x, layer.weight, padding=1) + layer.bias[:, None, None]
    close(layer(x, offset, mask), expected)


def test_gradients_match_finite_differences(rng):
    def random(*shape):
        return torch.randn(*shape, generator=rng, dtype=torch.float64).requires_grad_()

    inputs = random(1, 2, 3, 4), random(1, 8, 2, 3), random(1, 4, 2, 3), random(2, 2, 2, 2)
    assert torch.autograd.gradcheck(modulated_deform_conv2d, (*inputs, random(2)))
    x, offset, _, weight = inputs
    assert torch.autograd.gradcheck(deform_conv2d, (x, offset, weight))
