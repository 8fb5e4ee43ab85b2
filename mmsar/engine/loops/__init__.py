"""Loops of the runner."""

from mmsar.engine.loops.generation import GenerationLoop
from mmsar.engine.loops.iter_train import IterTrainLoop
from mmsar.engine.loops.migration import MigrationLoop

__all__ = ['GenerationLoop', 'IterTrainLoop', 'MigrationLoop']
