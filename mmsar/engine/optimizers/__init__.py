"""How parameters are handed to an optimizer."""

from mmsar.engine.optimizers.layer_decay import LayerDecayConstructor

__all__ = ['LayerDecayConstructor']
