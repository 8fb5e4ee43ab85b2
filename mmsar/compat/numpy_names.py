"""Names that numpy dropped and the toolboxes still use.

- ``numpy.bool8`` (gone since 2.0): mmagic ``utils/typing.py``.
- ``numpy.in1d`` (gone since 2.4): mmpretrain ``evaluation/metrics/retrieval.py``.
"""

import numpy as np


def install() -> None:
    """Add each name that this numpy lacks."""
    # dir() instead of hasattr(): numpy 1.26 warns when a deprecated name is read.
    names = dir(np)
    if 'bool8' not in names:
        np.bool8 = np.bool_  # type: ignore[attr-defined]
    if 'in1d' not in names:
        np.in1d = _in1d  # type: ignore[attr-defined]  # noqa: NPY201


def _in1d(ar1, ar2, assume_unique=False, invert=False):  # type: ignore[no-untyped-def]
    """``numpy.isin`` on flattened input, as ``numpy.in1d`` was."""
    return np.isin(np.ravel(ar1), ar2, assume_unique=assume_unique, invert=invert)
