"""Where random numbers come from, so that every run can be repeated.

Draws of a sample (augmentation) follow (seed, epoch, sample index); draws of a model follow
(seed, iteration). Neither depends on the number of workers, on which worker loads a sample, or on
whether the run was interrupted. With several processes, a model draws for the global batch and
takes its own part (:func:`draw_for_batch`), so that two processes do what one would.
"""

import contextlib
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.dist import get_rank, get_world_size
from torch import Tensor


def derive_seed(*keys: int | str) -> int:
    """Return a 32-bit seed that depends on every key and their order.

    A hash, unlike ``seed + epoch``, gives neighbouring keys unrelated streams.
    """
    digest = hashlib.blake2s(repr(keys).encode(), digest_size=4).digest()
    return int.from_bytes(digest, 'little')


def seed_host(seed: int) -> None:
    """Seed ``random``, numpy and torch on the CPU.

    Args:
        seed: 0 <= seed < 2**32.
    """
    random.seed(seed)
    np.random.seed(seed)
    # Not torch.manual_seed(): that would also seed every GPU, for each sample.
    torch.default_generator.manual_seed(seed)


@contextlib.contextmanager
def keep_random_state() -> Iterator[None]:
    """Leave all generators as they were, whatever is drawn in the block."""
    states = random.getstate(), np.random.get_state()
    # Not all devices: other processes compute on them.
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])


@dataclass
class _Iteration:
    """The training iteration whose draws are being made."""

    seed: int = 0
    number: int = 0
    first_place: int | None = None
    batch_size: int | None = None
    begun: bool = False


_current = _Iteration()


def begin_iteration(
    seed: int, number: int, first_place: int | None = None, batch_size: int | None = None
) -> None:
    """Make all draws of the model in this process follow (seed, iteration).

    The global generators of each rank get a stream of their own (dropout must differ between
    ranks); :func:`draw_for_batch` has one that all ranks share.

    Args:
        seed: Seed of the run.
        number: Index of the iteration, from 0.
        first_place: Place of this rank's first sample in the global batch. Default: its rank.
        batch_size: Of the global batch. Default: all ranks have as many samples as this one.
    """
    _current.seed, _current.number = seed, number
    _current.first_place, _current.batch_size = first_place, batch_size
    _current.begun = True
    rank_seed = derive_seed('model', seed, number, get_rank())
    seed_host(rank_seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed(rank_seed)


def end_iterations() -> None:
    """Say that no run sets the iteration any more."""
    _current.begun = False


def has_begun() -> bool:
    """Return whether a run sets the iteration; if none does, shared draws are always the same."""
    return _current.begun


def iteration_seed(*keys: int | str) -> int:
    """Return a seed for this iteration and these keys, the same on all ranks."""
    return derive_seed('shared', _current.seed, _current.number, *keys)


def global_place(local: int) -> int:
    """Return the place in the global batch of this rank's sample number ``local``.

    Samples are dealt to the ranks in turn, so rank r of w holds the places r, r + w, r + 2w, ...
    where every global batch is a multiple of w.
    """
    first = get_rank() if _current.first_place is None else _current.first_place
    return first + local * get_world_size()


def draw_for_batch(
    draw: Callable[[int, torch.Generator], Tensor], batch_size: int, name: str = ''
) -> Tensor:
    """Draw for the global batch and return the part of this rank.

    Args:
        draw: Called as ``draw(n, generator)``; returns a CPU tensor whose first axis has length
            n, the size of the global batch.
        batch_size: Number of samples on this rank.
        name: Distinguishes several draws within one iteration.

    Returns:
        Tensor (batch_size, ...), on the CPU.
    """
    generator = torch.Generator().manual_seed(iteration_seed('batch', name))
    drawn = draw(_current.batch_size or batch_size * get_world_size(), generator)
    return drawn[[global_place(local) for local in range(batch_size)]]
