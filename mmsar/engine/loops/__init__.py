"""Train loops."""

from mmsar.engine.loops.iter_train import IterTrainLoop

__all__ = ['IterTrainLoop']
