"""An optimiser for each part of a model."""

from collections.abc import Mapping
from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapperDict, build_optim_wrapper
from torch import nn

from mmsar.errors import ConfigError
from mmsar.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PartOptimisers:
    """Builds an optimiser for each part of a model that is named.

    ::

        optim_wrapper = dict(
            constructor='mmsar.PartOptimisers',
            generators=dict(optimizer=dict(type='Adam', lr=1e-4)),
            discriminators=dict(optimizer=dict(type='Adam', lr=1e-4)),
        )

    Args:
        optim_wrapper_cfg: A config of an ``OptimWrapper`` for each part, by the name of the
            attribute of the model. Parts must not overlap, and every weight be in one.
        paramwise_cfg: Must be empty: it belongs into the part.

    Raises:
        ConfigError: A name is no part of the model, or weights are in none or in two; mixed
            precision or accumulation is asked for.
    """

    def __init__(
        self, optim_wrapper_cfg: Mapping[str, Any], paramwise_cfg: Mapping[str, Any] | None = None
    ) -> None:
        self.parts = dict(optim_wrapper_cfg)
        if self.parts.pop('loss_scale', None) is not None or 'type' in self.parts:
            raise ConfigError('adversarial networks are trained without --amp: leave it out')
        if paramwise_cfg:
            raise ConfigError('optim_wrapper.paramwise_cfg belongs into a part of optim_wrapper')

    def __call__(self, model: nn.Module) -> OptimWrapperDict:
        """Build the optimisers."""
        bare: Any = model.module if is_model_wrapper(model) else model
        wrappers, owners = {}, dict[int, str]()
        for name, settings in self.parts.items():
            part = getattr(bare, name, None)
            if not isinstance(part, nn.Module) or not isinstance(settings, Mapping):
                known = ', '.join(key for key, child in bare.named_children() if _weights(child))
                raise ConfigError(
                    f'optim_wrapper.{name} is for no part of {type(bare).__name__}; it has {known}'
                )
            if settings.get('accumulative_counts', 1) != 1:
                raise ConfigError(
                    f'optim_wrapper.{name}.accumulative_counts: gradients of adversarial networks '
                    'are not accumulated; leave it out'
                )
            for weight in _weights(part):
                if owners.setdefault(id(weight), name) != name:
                    raise ConfigError(
                        f'optim_wrapper: parts {owners[id(weight)]} and {name} share weights'
                    )
            wrappers[name] = build_optim_wrapper(part, {'type': 'OptimWrapper', **settings})
        missing = [name for name, w in bare.named_parameters() if id(w) not in owners]
        if missing:
            raise ConfigError(
                f'optim_wrapper has no part for {len(missing)} weights of {type(bare).__name__}, '
                f'such as {missing[0]}; it has {", ".join(self.parts)}'
            )
        return OptimWrapperDict(**wrappers)


def _weights(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters())
