"""Conversions between amplitude, intensity, decibel and complex values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.io.meta import require_domain

# Below it, intensity is taken for zero, so that its logarithm is finite (-379 dB).
SMALLEST = float(np.finfo(np.float32).tiny)


def convert_domain(array: NDArray[Any], source: str, target: str) -> NDArray[Any]:
    """Convert values: I = A**2 = abs(z)**2, dB = 10 log10(I) = 20 log10(A).

    Args:
        array: Any shape; complex64 in the domain ``complex``, float32 otherwise. It is not
            changed. NaN stays NaN.
        source: Domain of ``array``.
        target: Domain wanted.

    Returns:
        float32, or complex64 for ``complex``. The same array if there is nothing to convert.

    Raises:
        DataError: A name is no domain, or complex values are wanted of real ones.
    """
    require_domain(source, 'source')
    require_domain(target, 'target')
    if source == target:
        return array
    if target == 'complex':
        raise DataError(f'{source} has no phase: it cannot become complex')
    if source == 'complex':
        source, array = 'amplitude', np.abs(array)
        if target == 'amplitude':
            return array
    if target == 'db':
        factor = 20 if source == 'amplitude' else 10
        floor = np.sqrt(SMALLEST) if source == 'amplitude' else SMALLEST
        result = np.log10(np.maximum(array, np.float32(floor)))
        result *= np.float32(factor)
        return result
    if source == 'db':
        return np.power(np.float32(10), array / np.float32(10 if target == 'intensity' else 20))
    return np.sqrt(array) if target == 'amplitude' else np.square(array)
