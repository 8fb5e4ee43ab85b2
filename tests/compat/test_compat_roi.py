"""RoIAlign against torchvision, and RoIPool against a slow version of mmcv's kernel."""

import math

import numpy as np
import pytest
import torch
import torchvision
from mmcv.ops import RoIAlign, RoIPool, roi_pool

from mmsar.compat.ops import roi as substitute
from mmsar.errors import MissingOperatorError


@pytest.fixture
def features(rng, dtype, device):
    x = torch.randn(2, 3, 9, 12, generator=rng, dtype=torch.float64)
    return x.to(device, dtype).requires_grad_()


def on(features, rows):
    return torch.tensor(rows, dtype=features.dtype, device=features.device).view(-1, 5)


ROIS = [
    [0, 0, 0, 11, 8],
    [1, 2.3, 1.7, 7.9, 6.2],
    [0, 5.5, 3.25, 6.0, 3.5],
    [1, -3.4, -2.6, 4.2, 3.3],
    [1, 8.1, 5.4, 20.7, 15.9],
]


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('sampling_ratio', [0, 2])
@pytest.mark.parametrize(('size', 'scale'), [((2, 3), 1.0), (7, 0.5)])
def test_roi_align_matches_torchvision(features, close, rng, size, scale, sampling_ratio, aligned):
    rois = on(features, ROIS)
    other = features.detach().clone().requires_grad_()
    layer = RoIAlign(size, scale, sampling_ratio, 'avg', aligned)
    output = layer(features, rois)
    expected = torchvision.ops.roi_align(other, rois, size, scale, sampling_ratio, aligned)
    close(output, expected)
    grad = torch.randn(output.shape, generator=rng).to(output)
    output.backward(grad)
    expected.backward(grad)
    close(features.grad, other.grad)
    assert features.grad.abs().sum() > 0


@pytest.mark.parametrize(('aligned', 'shift'), [(True, 0.5), (False, 0.0)])
def test_roi_align_of_a_ramp_gives_the_bin_centres(dtype, device, close, aligned, shift):
    ramp = torch.arange(12.0, dtype=dtype, device=device).expand(1, 1, 9, 12)
    rois = torch.tensor([[0, 2.0, 1.0, 8.0, 5.0]], dtype=dtype, device=device)
    output = RoIAlign((1, 3), 1.0, 2, 'avg', aligned)(ramp.contiguous(), rois)
    close(output[0, 0, 0], [3 - shift, 5 - shift, 7 - shift])


@pytest.mark.parametrize('pool', [RoIAlign, RoIPool])
def test_no_regions(features, pool):
    output = pool((2, 3))(features, on(features, []))
    assert output.shape == (0, 3, 2, 3)
    output.sum().backward()
    assert not features.grad.any()


def test_roi_align_max_is_refused_by_name(features):
    with pytest.raises(MissingOperatorError, match=r"RoIAlign.*pool_mode='max'.*pool_mode='avg'"):
        RoIAlign(2, pool_mode='max')(features, on(features, ROIS))


def slow_roi_pool(features, rois, size, scale):
    """The rule of mmcv's roi_pool_forward_cuda_kernel, one cell at a time."""
    real = features.dtype.type
    scale = real(scale)
    channels, height, width = features.shape[1:]
    output = np.zeros((len(rois), channels, *size), features.dtype)
    argmax = np.full(output.shape, -1)
    for k, (image, x1, y1, x2, y2) in enumerate(rois):
        left, right = x1 * scale, (x2 + real(1)) * scale
        top, bottom = y1 * scale, (y2 + real(1)) * scale
        if right - left <= 0 or bottom - top <= 0:
            continue
        bin_w, bin_h = (right - left) / real(size[1]), (bottom - top) / real(size[0])
        for c, ph, pw in np.ndindex(channels, *size):
            xs = math.floor(real(pw) * bin_w + left), math.ceil(real(pw + 1) * bin_w + left)
            ys = math.floor(real(ph) * bin_h + top), math.ceil(real(ph + 1) * bin_h + top)
            best = -math.inf
            for y in range(max(ys[0], 0), min(ys[1], height)):
                for x in range(max(xs[0], 0), min(xs[1], width)):
                    if features[int(image), c, y, x] > best:
                        best = features[int(image), c, y, x]
                        argmax[k, c, ph, pw] = y * width + x
            output[k, c, ph, pw] = best if best > -math.inf else 0
    return output, argmax


def slow_roi_pool_grad(grad_output, rois, argmax, shape):
    grad = np.zeros(shape, grad_output.dtype)
    width = shape[-1]
    for k, c, ph, pw in np.ndindex(argmax.shape):
        cell = argmax[k, c, ph, pw]
        if cell >= 0:
            grad[int(rois[k, 0]), c, cell // width, cell % width] += grad_output[k, c, ph, pw]
    return grad


def check_roi_pool(features, rois, size, scale, close):
    output = RoIPool(size, scale)(features, rois)
    expected, argmax = slow_roi_pool(
        features.detach().cpu().numpy(), rois.cpu().numpy(), size, scale
    )
    close(output, expected)
    assert np.array_equal(output.grad_fn.saved_tensors[1].cpu().numpy(), argmax)
    grad = torch.linspace(-1, 2, output.numel()).view(output.shape).to(output)
    output.backward(grad)
    expected = slow_roi_pool_grad(grad.cpu().numpy(), rois.cpu().numpy(), argmax, features.shape)
    close(features.grad, expected)
    return output, argmax


@pytest.mark.parametrize('size', [(2, 3), (5, 4), (1, 1)])
@pytest.mark.parametrize('scale', [1.0, 0.25, 0.7])
def test_roi_pool_matches_the_kernel(features, close, rng, size, scale):
    corner = torch.rand(8, 2, generator=rng) * torch.tensor([10.0, 7.0])
    extent = torch.rand(8, 2, generator=rng) * 6
    image = torch.arange(8)[:, None] % 2
    rois = torch.cat([image, corner / scale, (corner + extent) / scale], 1).to(features)
    rois = torch.cat([rois, on(features, ROIS)])
    output, _ = check_roi_pool(features, rois, size, scale, close)
    assert output.abs().sum() > 0


def test_roi_pool_differs_from_the_rounding_rule_of_torchvision(features):
    rois = on(features, [[0, 1.6, 1.6, 6.4, 5.4]])
    ours = roi_pool(features, rois, 2, 0.5)
    assert not torch.equal(ours, torchvision.ops.roi_pool(features, rois, 2, 0.5))


MALFORMED = {
    'x reversed': [0, 8, 2, 3, 5],
    'y reversed': [0, 2, 7, 5, 1],
    'no extent': [0, 4, 4, 3, 3],
    'left of the image': [1, -30, 2, -20, 5],
    'below the image': [1, 2, 40, 5, 50],
}


@pytest.mark.parametrize('row', MALFORMED.values(), ids=MALFORMED.keys())
def test_roi_pool_of_a_malformed_region_is_zero_and_gets_no_gradient(features, close, row):
    rois = on(features, [row])
    output, argmax = check_roi_pool(features, rois, (2, 3), 1.0, close)
    assert not output.any()
    assert (argmax == -1).all()
    assert not features.grad.any()


def test_roi_pool_empty_bins_at_the_border(features, close):
    # Columns 10 to 15 of 12: of three bins, the second and the third lie outside.
    output, argmax = check_roi_pool(features, on(features, [[0, 10, 1, 15, 4]]), (1, 3), 1.0, close)
    assert (argmax[..., 0] >= 0).all()
    assert (argmax[..., 1:] == -1).all()
    assert not output[..., 1:].any()


def test_roi_pool_of_a_mixture_of_good_and_malformed_regions(features, close):
    rows = [ROIS[1], *MALFORMED.values(), ROIS[3]]
    output, _ = check_roi_pool(features, on(features, rows), (3, 2), 1.0, close)
    assert not output[1:-1].any()
    assert output[0].any()
    assert output[-1].any()


def test_roi_pool_takes_the_first_of_equal_maxima(dtype, device, close):
    # As after a ReLU. mmcv scans row by row and keeps the first maximum.
    features = torch.zeros(1, 1, 4, 4, dtype=dtype, device=device)
    features[0, 0, 0, 2] = features[0, 0, 1, 0] = 1
    features.requires_grad_()
    check_roi_pool(features, on(features, [[0, 0, 0, 3, 3]]), (1, 1), 1.0, close)


def test_roi_pool_in_chunks_is_the_same(features, monkeypatch):
    rois = on(features, ROIS)
    whole = roi_pool(features, rois, 3, 1.0)
    monkeypatch.setattr(substitute, '_CHUNK_ELEMENTS', 1)
    assert torch.equal(roi_pool(features, rois, 3, 1.0), whole)


def test_roi_pool_of_no_images(dtype, device):
    features = torch.zeros(0, 3, 4, 4, dtype=dtype, device=device)
    assert roi_pool(features, on(features, []), 2, 1.0).shape == (0, 3, 2, 2)
