"""Reading weights, and comparing them with the network that they are for."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError

_SHOWN = 3


def read_weights(path: Path, keys: Sequence[str] = ('model', 'state_dict')) -> dict[str, Tensor]:
    """Return the weights of a foreign checkpoint, without ``module.`` before their names.

    Args:
        path: A file; nothing in it is run.
        keys: The weights are flat, or under the first of these that is there.

    Raises:
        CheckpointError: There are none.
    """
    weights: Any = load_file(path, map_location='cpu')
    for key in keys:
        if isinstance(weights, dict) and isinstance(weights.get(key), dict):
            weights = weights[key]
    named = isinstance(weights, dict) and all(isinstance(name, str) for name in weights)
    if not (named and weights and all(map(torch.is_tensor, weights.values()))):
        raise CheckpointError(f'{path} holds no weights by name')
    return {name.removeprefix('module.'): weight for name, weight in weights.items()}


def misfits(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], extra: bool = True) -> str:
    """Say what keeps weights from being exactly those of a network.

    Args:
        found: State dict.
        wanted: State dict of the network; on the meta device, too.
        extra: Whether weights that the network does not have count.

    Returns:
        How many are missing, unknown, of another shape and not finite, with the names of the first;
        '' if the weights fit.
    """
    misshapen = [
        f'{name} {tuple(getattr(found[name], "shape", ()))} instead of {tuple(weight.shape)}'
        for name, weight in wanted.items()
        if name in found and not fits(found, name, weight)
    ]
    kinds = {
        'missing': [name for name in wanted if name not in found],
        'left over': [name for name in found if name not in wanted] if extra else [],
        'of another shape': misshapen,
        'not finite': [name for name in wanted if name in found and not finite(found[name])],
    }
    return '; '.join(f'{len(n)} {kind}: {_first(n)}' for kind, n in kinds.items() if n)


def fits(found: Mapping[str, Tensor], name: str, weight: Tensor) -> bool:
    """Say whether weights have one of this name and shape."""
    return name in found and getattr(found[name], 'shape', None) == weight.shape


def finite(weight: Any) -> bool:
    """Say whether a weight has numbers only: a training that diverged leaves NaN."""
    return weight.is_meta or bool(torch.isfinite(weight).all()) if torch.is_tensor(weight) else True


def without_prefix(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the weights whose name begins with ``prefix``, without it."""
    return {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}


def input_channels(backbone: nn.Module) -> int | None:
    """Return how many channels the first convolution takes, None if there is none."""
    convolutions = (m for m in backbone.modules() if isinstance(m, nn.Conv2d))
    first = next(convolutions, None)
    return None if first is None else first.in_channels


def _first(names: Iterable[str]) -> str:
    names = list(names)
    return ', '.join(names[:_SHOWN]) + ', ...' * (len(names) > _SHOWN)
