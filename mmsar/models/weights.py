"""Comparing weights with the network that they are for."""

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

_SHOWN = 3


def misfits(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], extra: bool = True) -> str:
    """Say what keeps weights from being exactly those of a network.

    Args:
        found: State dict.
        wanted: State dict of the network; on the meta device, too.
        extra: Whether weights that the network does not have count.

    Returns:
        How many are missing, unknown and of another shape, with the names of the first; '' if the
        weights fit.
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
    }
    return '; '.join(f'{len(n)} {kind}: {_first(n)}' for kind, n in kinds.items() if n)


def fits(found: Mapping[str, Tensor], name: str, weight: Tensor) -> bool:
    """Say whether weights have one of this name and shape."""
    return name in found and getattr(found[name], 'shape', None) == weight.shape


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
