"""Compare a training step of the bridge network with the published loop.

The published loop (github.com/yaoxu008/BNN) has an optimiser a branch and calls loss.backward()
twice, the second time for the second optimiser. It steps the first in between, which current
PyTorch refuses since the graph still needs the old weights; the step makes no difference to the
gradient of the other branch. There are two references:

two passes: both calls of backward() go through both branches, as published, and the gradients of
    the branch that is not stepped are dropped; the two steps follow.
lean: each pass goes through the branch that is stepped only. That is not what was published; it is
    the least work with which plain PyTorch makes the same update.

mmsar is one forward and one backward pass and one optimiser through mmengine's OptimWrapper, with
the data preprocessor. The references get images that are normalised already. Batch
normalisation, precision, batch and weights are the same; loss and update are checked first. All
figures are CPU time of one thread.
"""

import argparse
import copy
import statistics
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from mmsar.apis import load_config
from mmsar.apis.cli import Options, natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.timing import describe_ratio, time_in_turns
from mmsar.errors import ConfigError
from mmsar.registry import MODELS
from mmsar.structures import PairSample

CONFIG = Path(__file__).parents[2] / 'configs/bridge/bridge_r50_official-head_qxs-saropt.py'


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', default=CONFIG, help='default: ResNet-50 on QXS-SAROPT')
    parser.add_argument('--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE')
    parser.add_argument('--batch-size', type=positive_int, default=20)
    parser.add_argument(
        '--size', type=positive_int, default=64, help='of the images in pixels; default 64'
    )
    parser.add_argument('--rounds', type=positive_int, default=3)
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    config = load_config(args.config, args.cfg_options)
    init_default_scope(config.default_scope)
    config.model.branch_init = None
    model = MODELS.build(config.model)  # with PyTorch's random weights
    batch = random_batch(args.batch_size, args.size)
    compare(model.train(), config.optim_wrapper, batch, args.rounds)


def random_batch(count: int, size: int) -> dict[str, Any]:
    """Return a batch as the loader gives it; every other pair matches."""
    channels = {'sar': 1, 'optical': 3}
    images = {
        name: [torch.randint(256, (bands, size, size)).float() for _ in range(count)]
        for name, bands in channels.items()
    }
    samples = [PairSample(label=torch.tensor(number % 2)) for number in range(count)]
    return {'inputs': images, 'data_samples': samples}


def compare(model: Any, optim_wrapper: Any, batch: dict[str, Any], rounds: int) -> None:
    """Check that all make the same step, time them, and print what was measured."""
    optimizer = optim_wrapper.optimizer
    if optimizer.type != 'SGD' or optimizer.get('momentum') or optimizer.get('weight_decay'):
        raise ConfigError(
            f'optim_wrapper.optimizer={dict(optimizer)}; the published loop has SGD with neither '
            'momentum nor weight decay'
        )
    before = copy.deepcopy(model.state_dict())
    prepared = model.data_preprocessor(batch)
    views = [prepared['inputs'][name] for name in ('sar', 'optical')]
    label = torch.stack([sample.label for sample in batch['data_samples']])
    references = {
        'two passes': PublishedStep(model, optimizer.lr, lean=False),
        'lean': PublishedStep(model, optimizer.lr, lean=True),
    }
    wrapper = build_optim_wrapper(model, optim_wrapper)

    loss = model.train_step(batch, wrapper)['loss'].detach()
    after = model.state_dict()
    for name, reference in references.items():
        torch.testing.assert_close(reference(*views, label), loss, rtol=1e-4, atol=0)
        error = update_error(before, after, reference.state_dict())
        print(f'{name}: loss {float(loss):.6f} agrees, update to {error:.1e}')
        if not error < 1e-2:
            raise RuntimeError(f'the updates of mmsar and "{name}" differ by {error:.1%}')

    seconds = time_in_turns(
        {
            'mmsar': lambda: model.train_step(batch, wrapper),
            **{name: partial(step, *views, label) for name, step in references.items()},
        },
        rounds,
    )
    print(f'{"":10}  s a step  pairs/s  time / mmsar, median (range)')
    for name, values in seconds.items():
        step = statistics.median(values)
        ratio = describe_ratio(values, seconds['mmsar'])
        print(f'{name:10}  {step:8.3f}  {len(label) / step:7.2f}  {ratio}')


class PublishedStep(nn.Module):
    """The published training step, on copies of a network's branches.

    Args:
        model: A ``mmsar.BridgeNetwork``.
        learning_rate: Of SGD without momentum.
        lean: See the head of this file.
    """

    def __init__(self, model: Any, learning_rate: float, lean: bool) -> None:
        super().__init__()
        # In PyTorch's own memory format, whatever that of mmsar.
        plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
        self.sar_branch, self.optical_branch = plain.sar_branch, plain.optical_branch
        self.weights = [
            list(branch.parameters()) for branch in (self.sar_branch, self.optical_branch)
        ]
        self.optimizers = [torch.optim.SGD(weights, learning_rate) for weights in self.weights]
        self.lean = lean

    def forward(self, sar: Tensor, optical: Tensor, label: Tensor) -> Tensor:
        """Make a step and return its loss."""
        difference = self.sar_branch(sar) - self.optical_branch(optical)
        distance = difference.square().mean(dim=1).sqrt()
        match = label.float()
        squares = (distance - (1 - match)).square()
        terms = [(squares * kind).sum() / (kind.sum() + 1e-5) for kind in (match, 1 - match)]
        loss = (terms[0] + terms[1]) / 2
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        if self.lean:
            loss.backward(retain_graph=True, inputs=self.weights[0])
            loss.backward(inputs=self.weights[1])
        else:
            loss.backward(retain_graph=True)
            kept = [weight.grad for weight in self.weights[0]]
            for optimizer in self.optimizers:
                optimizer.zero_grad()
            loss.backward()
            for weight, gradient in zip(self.weights[0], kept, strict=True):
                weight.grad = gradient
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.detach()


def update_error(before: Any, after: Any, other: Any) -> float:
    """Return how much two updates differ, relative to their size."""
    names = [name for name in other if before[name].is_floating_point()]
    wanted = [other[name] - before[name] for name in names]
    found = [after[name] - before[name] for name in names]
    gap = sum((a - b).square().sum() for a, b in zip(found, wanted, strict=True))
    return float((gap / sum(update.square().sum() for update in wanted)).sqrt())


if __name__ == '__main__':
    run_tool(main)
