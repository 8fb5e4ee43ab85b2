"""SARATR-X's linear probes of many draws, trained together."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from numpy.typing import NDArray
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed

# As mmsar.ProbeHead and mmsar.PooledNorm have them
_BATCH_NORM_EPS = _NORM_EPS = 1e-6
_WEIGHT_STD = 0.01
_MOMENTUM = 0.1
_CHUNK = 256
# Values an image up to which more threads cost more than they save
_SMALL = 4096


class StackedProbes(nn.Module):
    """``fc_norm``, batch norm without weights and linear layer, one of each a draw.

    They share nothing: AdamW works value by value, and the loss is the sum over the draws, so each
    is trained as it would be alone.

    Args:
        seeds: One a draw; the first weights follow it.
        tokens: L, tokens an image: 1 where they were pooled.
        dims: C, values a token.
        classes: K.
    """

    mean: Tensor
    var: Tensor

    def __init__(self, seeds: Sequence[int], tokens: int, dims: int, classes: int) -> None:
        super().__init__()
        count, values = len(seeds), tokens * dims
        self.norm_weight = nn.Parameter(torch.ones(count, 1, 1, dims))
        self.norm_bias = nn.Parameter(torch.zeros(count, 1, 1, dims))
        first = torch.stack([_first_weights(seed, values, classes) for seed in seeds])
        self.weight = nn.Parameter(first)
        self.bias = nn.Parameter(torch.zeros(count, 1, classes))
        self.register_buffer('mean', torch.zeros(count * values))
        self.register_buffer('var', torch.ones(count * values))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return scores (S, B, K) of tokens (S, B, L, C)."""
        x = F.layer_norm(tokens, tokens.shape[-1:], eps=_NORM_EPS)
        x = (x * self.norm_weight + self.norm_bias).flatten(2)
        count, batch, values = x.shape
        # A batch norm of S * L * C values is S of L * C values.
        x = x.transpose(0, 1).reshape(batch, count * values)
        x = F.batch_norm(
            x, self.mean, self.var, training=self.training, momentum=_MOMENTUM, eps=_BATCH_NORM_EPS
        )
        return x.view(batch, count, values).transpose(0, 1) @ self.weight + self.bias


def train_probes(
    config: Config,
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    test: NDArray[np.float32],
    draws: Sequence[Sequence[int]],
    seeds: Sequence[int],
    classes: int,
) -> NDArray[np.int64]:
    """Train a probe on each draw by the schedule of a config, and classify the test chips.

    As published, the last batch of an epoch is left out if it is not full, unless it is the only
    one.

    Args:
        config: With ``optim_wrapper``, ``param_scheduler``, ``train_cfg.max_epochs`` and
            ``train_dataloader.batch_size``.
        train: (N, L, C).
        labels: (N,).
        test: (M, L, C).
        draws: Places of training chips; equally many a draw.
        seeds: Of the draws.
        classes: Number of them.

    Returns:
        (S, M), classes.

    Raises:
        ConfigError: The schedule is not one of epochs, or couples the draws.
    """
    small = train.shape[1] * train.shape[2] <= _SMALL
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if small else threads)
    try:
        return _train(config, train, labels, test, draws, seeds, classes)
    finally:
        torch.set_num_threads(threads)


def _train(
    config: Config,
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    test: NDArray[np.float32],
    draws: Sequence[Sequence[int]],
    seeds: Sequence[int],
    classes: int,
) -> NDArray[np.int64]:
    features, truth = torch.from_numpy(train), torch.from_numpy(labels)
    places = torch.tensor([list(draw) for draw in draws])  # (S, n)
    count = places.shape[1]
    batch = min(config.train_dataloader.batch_size, count)
    probes = StackedProbes(seeds, train.shape[1], train.shape[2], classes).to(features.dtype)
    wrapper, schedulers, epochs = _schedule(config, probes, count // batch)
    generators = [torch.Generator().manual_seed(derive_seed('order', seed)) for seed in seeds]
    probes.train()
    for _ in range(epochs):
        order = torch.stack([torch.randperm(count, generator=g) for g in generators])
        shuffled = places.gather(1, order)
        for step in range(count // batch):
            chosen = shuffled[:, step * batch : (step + 1) * batch]
            scores = probes(features[chosen])
            loss = F.cross_entropy(scores.flatten(0, 1), truth[chosen].flatten(), reduction='sum')
            wrapper.update_params(loss / batch)
            _step(schedulers, by_epoch=False)
        _step(schedulers, by_epoch=True)
    return _classify(probes.eval(), torch.from_numpy(test))


@torch.no_grad()
def _classify(probes: StackedProbes, test: Tensor) -> NDArray[np.int64]:
    count = len(probes.weight)
    chunk = max(1, _CHUNK // (count if test.shape[1] > 1 else 1))
    found = [probes(part[None].expand(count, -1, -1, -1)).argmax(2) for part in test.split(chunk)]
    return torch.cat(found, 1).numpy()


def _first_weights(seed: int, values: int, classes: int) -> Tensor:
    generator = torch.Generator().manual_seed(derive_seed('weights', seed))
    weights = torch.empty(classes, values)
    nn.init.trunc_normal_(weights, std=_WEIGHT_STD, generator=generator)
    return weights.t()


def _schedule(config: Config, probes: nn.Module, steps: int) -> tuple[Any, list[Any], int]:
    """Build optimizer and schedulers of the config for the probes."""
    from mmengine.optim import build_optim_wrapper
    from mmengine.registry import PARAM_SCHEDULERS

    settings = dict(config.optim_wrapper)
    epochs = (config.get('train_cfg') or {}).get('max_epochs')
    if settings.get('clip_grad') or settings.get('constructor') or not epochs:
        raise ConfigError(
            '--head published trains the head by the schedule of the config, which must be one of '
            'epochs without clip_grad and constructor: give one for linear probing, such as '
            'configs/saratrx/hivit-slim_linear_1xb25-coslr-30e_mstar-soc10.py'
        )
    with _quiet():
        wrapper = build_optim_wrapper(probes, settings)
    schedulers = []
    for scheduler in config.get('param_scheduler') or []:
        scheduler = dict(scheduler)
        if scheduler.pop('convert_to_iter_based', False):
            kind = PARAM_SCHEDULERS.get(scheduler.pop('type'))
            built = kind.build_iter_from_epoch(wrapper, **scheduler, epoch_length=steps)
        else:
            built = PARAM_SCHEDULERS.build(scheduler, default_args={'optimizer': wrapper})
        schedulers.append(built)
    return wrapper, schedulers, int(epochs)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide that mmengine lists the settings of each weight, for each number of shots."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def _step(schedulers: Sequence[Any], by_epoch: bool) -> None:
    for scheduler in schedulers:
        if scheduler.by_epoch == by_epoch:
            scheduler.step()
