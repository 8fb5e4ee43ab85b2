"""Trained networks on the benchmark of inverse SAR: measured, kept as records, and as a page."""

from mmsar.apis.isar_benchmark.measure import SETS, measure
from mmsar.apis.isar_benchmark.page import render

__all__ = ['SETS', 'measure', 'render']
