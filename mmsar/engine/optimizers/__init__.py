"""How parameters are handed to an optimizer."""

from mmsar.engine.optimizers.layer_decay import LayerDecayConstructor
from mmsar.engine.optimizers.parts import PartOptimisers

__all__ = ['LayerDecayConstructor', 'PartOptimisers']
