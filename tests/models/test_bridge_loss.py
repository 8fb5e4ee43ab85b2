"""The loss of the bridge network, alone and over several processes."""

import json
import os
import subprocess
import sys

import pytest
import torch

from mmsar.errors import ConfigError
from mmsar.models.losses import BridgeLoss, bridge_loss

DISTANCE = torch.tensor([0.1, 0.5, 0.3, 0.9, 0.4], dtype=torch.float64)
LABEL = torch.tensor([1, 0, 1, 0, 0])


def test_hand_worked():
    # l_p = (.01 + .09) / 2 = .05; l_n = (.25 + .01 + .36) / 3 = .62 / 3
    loss, match_term, nonmatch_term = BridgeLoss(alpha=3)(DISTANCE, LABEL)
    assert float(match_term) == pytest.approx(0.05)
    assert float(nonmatch_term) == pytest.approx(0.62 / 3)
    assert float(loss) == pytest.approx((0.05 + 0.62) / 4)


def test_gradient():
    distance = DISTANCE.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda d: BridgeLoss(2.0)(d, LABEL), (distance,))


def test_label_types():
    expected, *_ = BridgeLoss()(DISTANCE, LABEL)
    for dtype in (torch.float32, torch.bool, torch.uint8):
        assert torch.equal(BridgeLoss()(DISTANCE, LABEL.to(dtype))[0], expected)


@pytest.mark.parametrize('label', [0, 1])
def test_a_batch_of_one_kind_has_nothing_for_the_other(label):
    distance = DISTANCE.clone().requires_grad_()
    loss, *terms = BridgeLoss()(distance, torch.full((5,), label))
    terms = [float(term.detach()) for term in terms]
    assert terms[label] == 0
    loss.backward()
    expected = float(((DISTANCE - (1 - label)) ** 2).mean()) / 2
    assert float(loss.detach()) == pytest.approx(expected)
    assert torch.isfinite(distance.grad).all()


def test_a_wrong_weight_is_refused():
    for alpha in (-0.5, float('nan')):
        with pytest.raises(ConfigError, match='alpha'):
            BridgeLoss(alpha)


def losses_and_gradient(parts, label, make=BridgeLoss):
    """Return what each process gets of its part of the batch, and the gradients together."""
    distance = DISTANCE.clone().requires_grad_()
    found = [make(2.0)(distance[part], label[part]) for part in parts]
    (sum(loss for loss, *_ in found) / len(parts)).backward()  # as DDP averages
    return torch.tensor([[float(v.detach()) for v in values] for values in found]), distance.grad


def test_processes_share_the_means(monkeypatch):
    parts = [[0, 2], [1, 3, 4]]  # each with one kind only
    whole, gradient = losses_and_gradient([[0, 1, 2, 3, 4]], LABEL)

    def all_reduce(counts):
        counts.copy_(torch.stack([LABEL.sum(), (1 - LABEL).sum()]))

    monkeypatch.setattr(bridge_loss, 'all_reduce', all_reduce)
    monkeypatch.setattr(bridge_loss, 'get_world_size', lambda: 2)
    shares, shared_gradient = losses_and_gradient(parts, LABEL)
    torch.testing.assert_close(shares.mean(dim=0, keepdim=True), whole)
    torch.testing.assert_close(shared_gradient, gradient)


PROCESS = """
import json, sys
import torch
torch.set_num_threads(1)
rank, store = int(sys.argv[1]), sys.argv[2]
torch.distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
from mmsar.models.losses import BridgeLoss
distance, label, part = json.loads(sys.argv[3])
distance = torch.tensor(distance, dtype=torch.float64)[part].requires_grad_()
found = BridgeLoss(2.0)(distance, torch.tensor(label)[part])
found[0].backward()
print(json.dumps([[float(v) for v in found], distance.grad.tolist()]))
torch.distributed.destroy_process_group()
"""


def test_two_real_processes(tmp_path, pytestconfig):
    parts = [[0, 1, 3], [2, 4]]
    processes = [
        subprocess.Popen(
            [sys.executable, '-c', PROCESS, str(rank), str(tmp_path / 'store'),
             json.dumps([DISTANCE.tolist(), LABEL.tolist(), part])],
            stdout=subprocess.PIPE, cwd=pytestconfig.rootpath, text=True,
            env={**os.environ, 'PYTHONPATH': str(pytestconfig.rootpath)},
        )
        for rank, part in enumerate(parts)
    ]  # fmt: skip
    found = [json.loads(process.communicate(timeout=110)[0]) for process in processes]
    whole, gradient = losses_and_gradient([[0, 1, 2, 3, 4]], LABEL)
    mean = torch.tensor([values for values, _ in found]).mean(dim=0, keepdim=True)
    torch.testing.assert_close(mean, whole)
    for (_, grad), part in zip(found, parts, strict=True):
        torch.testing.assert_close(torch.tensor(grad, dtype=torch.float64) / 2, gradient[part])
