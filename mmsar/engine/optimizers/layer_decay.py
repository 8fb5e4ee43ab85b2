"""Learning rates that fall towards the image."""

from typing import Any

from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from mmsar.errors import ConfigError
from mmsar.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LayerDecayConstructor(DefaultOptimWrapperConstructor):
    """Multiply the learning rate of a layer by rate^(distance from the last), in any model.

    Source: Clark et al., ELECTRA, ICLR 2020; in vision Bao et al., BEiT, arXiv 2106.08254. It
    takes the place of ``mmpretrain.LearningRateDecayOptimWrapperConstructor``, which works for
    classifiers only (a detector has no ``get_layer_depth``), and that of mmdet, which knows
    ConvNeXt only. Parameters with equal settings share a group: mmengine makes one of each, for
    which optimizers cannot work on many at a time.

    Args:
        optim_wrapper_cfg: As in mmengine.
        paramwise_cfg: As in mmengine, and ``layer_decay_rate``, above 0 and at most 1 (default: 1).
            Depths are those of ``model.backbone.get_layer_depth``; what is not of the backbone has
            the whole rate.

    Raises:
        ConfigError: The rate is out of range, or the backbone does not know its depths.
    """

    def __init__(
        self, optim_wrapper_cfg: dict[str, Any], paramwise_cfg: dict[str, Any] | None = None
    ) -> None:
        super().__init__(optim_wrapper_cfg, paramwise_cfg)
        self.decay_rate: float = self.paramwise_cfg.get('layer_decay_rate', 1.0)
        if not 0 < self.decay_rate <= 1:
            raise ConfigError(
                f'optim_wrapper.paramwise_cfg.layer_decay_rate={self.decay_rate}; give a number '
                'above 0 and at most 1'
            )

    def add_params(
        self, params: list[dict[str, Any]], module: nn.Module, prefix: str = '', **kwargs: Any
    ) -> None:
        """Add the parameters of a module to groups; see mmengine."""
        super().add_params(params, module, prefix, **kwargs)
        if prefix:  # it is a part
            return
        for group in params:
            group.setdefault('lr', self.base_lr)
            if self.base_wd is not None:
                group.setdefault('weight_decay', self.base_wd)
        if self.decay_rate < 1:
            self._decay(params, module)
        params[:] = merge_groups(params)

    def _decay(self, params: list[dict[str, Any]], model: nn.Module) -> None:
        backbone: Any = getattr(model, 'backbone', None)
        if not hasattr(backbone, 'get_layer_depth'):
            raise ConfigError(
                f'optim_wrapper.paramwise_cfg.layer_decay_rate={self.decay_rate}: '
                f'{type(backbone).__name__} as model.backbone does not tell the depths of its '
                'layers; use mmsar.HiViT, or a backbone with get_layer_depth'
            )
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        for group in params:
            depth, number = backbone.get_layer_depth(names[id(group['params'][0])], 'backbone.')
            group['lr'] *= self.decay_rate ** (number - 1 - depth)


def merge_groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join groups of parameters that have equal settings, in the order in which they appear."""
    merged: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}
    for group in groups:
        settings = {key: value for key, value in group.items() if key != 'params'}
        key = tuple(sorted(settings.items()))
        merged.setdefault(key, {'params': [], **settings})['params'] += group['params']
    return list(merged.values())
