"""What the training steps of adversarial networks share."""

import contextlib
from collections.abc import Iterator
from typing import Any

from mmengine import MessageHub
from torch import Tensor, nn


@contextlib.contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Let gradients through networks in the block, but not to their weights."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


def minimise(loss: Tensor, *wrappers: Any) -> None:
    """Make one step of each optimiser on a loss.

    Args:
        loss: A scalar.
        wrappers: mmengine's ``OptimWrapper``, one for each part that takes part in the loss.
    """
    wrappers[0].backward(loss)
    for wrapper in wrappers:
        wrapper.step()
        wrapper.zero_grad()


def current_iteration() -> int:
    """Return the number of the running training step, from 0; 0 outside a run."""
    return int(MessageHub.get_current_instance().get_info('iter', 0))
