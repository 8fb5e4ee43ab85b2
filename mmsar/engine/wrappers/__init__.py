"""Wrappers of models for several processes."""

from mmsar.engine.wrappers.replica import Replica

__all__ = ['Replica']
