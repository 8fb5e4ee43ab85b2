"""Figures of whole radar images: target against clutter, entropy, contrast."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError

LARGEST = 100.0  # dB, of images without clutter, so that a mean stays a number


def target_to_clutter(amplitude: NDArray[Any], target: NDArray[np.bool_]) -> float:
    """Return the mean intensity of the target over that of the rest, in dB, at most 100.

    TCR = 10 log10(mean of A**2 over the target / mean of A**2 elsewhere). The region must be the
    same for images that are compared. (Papers also divide sums, which depends on the size of the
    image.)

    Args:
        amplitude: (H, W), not in decibels.
        target: (H, W).

    Returns:
        NaN if either region is empty.

    Raises:
        DataError: Shapes differ, or amplitudes are negative.
    """
    intensity = _intensity(amplitude)
    if np.shape(target) != intensity.shape:
        raise DataError(f'the target is {np.shape(target)} and the image {intensity.shape}')
    if target.all() or not target.any():
        return math.nan
    inside, outside = float(intensity[target].mean()), float(intensity[~target].mean())
    if inside == 0:
        return -LARGEST if outside else math.nan
    return float(
        np.clip(10 * math.log10(inside / max(outside, inside * 1e-300)), -LARGEST, LARGEST)
    )


def image_entropy(amplitude: NDArray[Any]) -> float:
    """Return the entropy of the intensity, in nats: small for few bright pixels.

    E = -sum of p ln p, p = A**2 / sum of A**2. From 0 (one pixel) to ln(H W) (all equal); NaN of a
    black image. Source: Xi, Guosui and Ni, Autofocusing of ISAR images based on entropy
    minimization, IEEE TAES 35(4), 1999.

    Args:
        amplitude: (H, W), not in decibels.
    """
    intensity = _intensity(amplitude)
    total = intensity.sum()
    if total == 0:
        return math.nan
    share = intensity[intensity > 0] / total
    return float(-(share * np.log(share)).sum())


def image_contrast(amplitude: NDArray[Any]) -> float:
    """Return the deviation of the intensity over its mean: large for a focused image.

    C = sqrt(mean of (A**2 - mean of A**2)**2) / mean of A**2: 1 for speckle, sqrt(H W - 1) for one
    pixel; NaN of a black image. Source: Martorella, Berizzi and Haywood, Contrast maximisation
    based technique for 2-D ISAR autofocusing, IEE Proc. Radar Sonar Navig. 152(4), 2005.

    Args:
        amplitude: (H, W), not in decibels.
    """
    intensity = _intensity(amplitude)
    mean = float(intensity.mean())
    return float(intensity.std() / mean) if mean else math.nan


def _intensity(amplitude: NDArray[Any]) -> NDArray[np.float64]:
    values = np.abs(amplitude) if np.iscomplexobj(amplitude) else np.asarray(amplitude)
    if values.ndim != 2:
        raise DataError(f'an image is (rows, columns), not {values.shape}; give one band')
    if values.size and not values.min() >= 0:
        raise DataError(
            'the image has values below zero, or some that are no numbers: give amplitudes, not '
            'decibels (mmsar.io.convert_domain)'
        )
    return np.square(values, dtype=np.float64)
