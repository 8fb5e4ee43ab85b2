"""Loops of the runner."""

from mmsar.engine.loops.iter_train import IterTrainLoop
from mmsar.engine.loops.migration import MigrationLoop

__all__ = ['IterTrainLoop', 'MigrationLoop']
