"""Fixtures of the tests of data sets."""

import gc

import pytest


@pytest.fixture(autouse=True)
def _cheap_garbage_collection() -> None:
    """Leave what is there before a test (all of PyTorch) out of garbage collections.

    There is one behind each test, and one for each data set that mmengine builds.
    """
    gc.freeze()
