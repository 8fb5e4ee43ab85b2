"""The focal losses against their closed form, with autograd."""

import pytest
import torch
import torch.nn.functional as F
from mmcv.ops import SigmoidFocalLoss, SoftmaxFocalLoss, sigmoid_focal_loss, softmax_focal_loss

CLASSES = 5
REDUCE = {
    'none': lambda loss: loss,
    'mean': lambda loss: loss.sum() / len(loss),
    'sum': lambda loss: loss.sum(),
}
PARAMETERS = [(2.0, 0.25), (1.5, 0.5), (0.0, 0.7)]


@pytest.fixture(params=[False, True], ids=['unweighted', 'weighted'])
def weight(request, dtype, device):
    if not request.param:
        return None
    return torch.linspace(0.5, 2, CLASSES, dtype=dtype, device=device)


@pytest.fixture
def logits(rng, dtype, device):
    x = 2 * torch.randn(12, CLASSES, generator=rng, dtype=torch.float64)
    return x.to(device, dtype).requires_grad_()


def row_weight(weight, target, background):
    if weight is None:
        return 1
    chosen = weight[target.clamp(0, CLASSES - 1)]
    return chosen.masked_fill(target == background, 1)


def closed_sigmoid(logits, target, gamma, alpha, weight):
    one_hot = F.one_hot(target, CLASSES + 1)[:, :CLASSES].bool()
    log_p = torch.where(one_hot, F.logsigmoid(logits), F.logsigmoid(-logits))
    balance = alpha * one_hot.to(logits) + (1 - alpha) * (~one_hot).to(logits)
    loss = -balance * (1 - log_p.exp()) ** gamma * log_p
    scale = row_weight(weight, target, background=CLASSES)
    return loss * scale[:, None] if weight is not None else loss


def closed_softmax(logits, target, gamma, alpha, weight):
    log_p = F.log_softmax(logits, 1).gather(1, target.clamp(min=0)[:, None])[:, 0]
    loss = -alpha * (1 - log_p.exp()) ** gamma * log_p * row_weight(weight, target, background=-1)
    return loss.masked_fill(target < 0, 0)


def check(ours, expected, logits, close):
    close(ours, expected)
    if ours.dim():
        projection = torch.linspace(-1, 2, ours.numel()).view(ours.shape).to(ours)
        ours, expected = (ours * projection).sum(), (expected * projection).sum()
    (grad,) = torch.autograd.grad(ours, logits)
    close(grad, torch.autograd.grad(expected, logits)[0])
    return grad


@pytest.mark.parametrize('reduction', REDUCE)
@pytest.mark.parametrize(('gamma', 'alpha'), PARAMETERS)
def test_sigmoid_focal_loss(logits, weight, close, gamma, alpha, reduction):
    target = torch.arange(12, device=logits.device) % (CLASSES + 1)  # the last is background
    loss = SigmoidFocalLoss(gamma, alpha, weight, reduction)(logits, target)
    expected = REDUCE[reduction](closed_sigmoid(logits, target, gamma, alpha, weight))
    grad = check(loss, expected, logits, close)
    assert (grad[target == CLASSES] != 0).all(), 'background must push every class down'


@pytest.mark.parametrize('reduction', ['mean', 'sum'])
@pytest.mark.parametrize(('gamma', 'alpha'), PARAMETERS)
def test_softmax_focal_loss(logits, weight, close, gamma, alpha, reduction):
    target = torch.arange(12, device=logits.device) % (CLASSES + 1) - 1  # -1 is ignored
    loss = SoftmaxFocalLoss(gamma, alpha, weight, reduction)(logits, target)
    expected = REDUCE[reduction](closed_softmax(logits, target, gamma, alpha, weight))
    grad = check(loss, expected, logits, close)
    assert not grad[target == -1].any()
    assert (grad[target >= 0] != 0).all()


def test_softmax_focal_loss_without_reduction(logits, weight, close):
    target = torch.arange(12, device=logits.device) % (CLASSES + 1) - 1
    loss = softmax_focal_loss(logits, target, 2.0, 0.25, weight, 'none')
    close(loss, closed_softmax(logits, target, 2.0, 0.25, weight))
    # mmcv multiplies the gradient (N, C) by that of the loss (N,): possible if N equals C.
    logits = logits[:CLASSES].detach().requires_grad_()
    target = target[:CLASSES]
    loss = softmax_focal_loss(logits, target, 2.0, 0.25, weight, 'none').sum()
    (grad,) = torch.autograd.grad(loss, logits)
    expected = closed_softmax(logits, target, 2.0, 0.25, weight).sum()
    close(grad, torch.autograd.grad(expected, logits)[0])


@pytest.mark.parametrize('function', [sigmoid_focal_loss, softmax_focal_loss])
def test_extreme_logits_stay_finite(dtype, device, function):
    logits = torch.tensor([[200.0, -200], [-200, 200]], dtype=dtype, device=device)
    logits.requires_grad_()
    loss = function(logits, torch.zeros(2, dtype=torch.long, device=device), 2.0, 0.25, None, 'sum')
    loss.backward()
    assert loss > 1
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize('function', [sigmoid_focal_loss, softmax_focal_loss])
def test_no_samples(dtype, device, function):
    logits = torch.zeros(0, CLASSES, dtype=dtype, device=device, requires_grad=True)
    target = torch.zeros(0, dtype=torch.long, device=device)
    loss = function(logits, target, 2.0, 0.25, None, 'sum')
    loss.backward()
    assert loss == 0
    assert logits.grad.shape == (0, CLASSES)
