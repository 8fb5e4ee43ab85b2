"""Normalised cross-correlation of two images: the baseline of matching, without training.

Source: Lewis, Fast normalized cross-correlation, Vision Interface, 1995; the part where both images
are present is normalised for each shift, as in Padfield, Masked object registration in the Fourier
domain, IEEE Transactions on Image Processing 21, 2012.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude

from mmsar.errors import DataError

FEATURES = ('amplitude', 'gradient')

_FLAT = 1e-9  # variance, as a share of that of the whole image, below which there is no content


def feature(image: NDArray[Any], name: str, sigma: float = 1.5) -> NDArray[np.float64]:
    """Return what of an image is compared.

    Args:
        image: (H, W).
        name: ``amplitude``, the image itself, or ``gradient``, the magnitude of its gradient, which
            does not mind that a roof is dark in one image and bright in the other.
        sigma: Standard deviation of the Gaussian that smooths the speckle, in pixels; 0: none, for
            the amplitude.

    Returns:
        (H, W).
    """
    values = np.asarray(image, np.float64)
    if name == 'gradient':
        return gaussian_gradient_magnitude(values, sigma, mode='nearest')
    return gaussian_filter(values, sigma, mode='nearest') if sigma else values


def ncc(
    first: NDArray[np.floating], second: NDArray[np.floating], max_shift: int = 0
) -> NDArray[np.float64]:
    """Correlate two images for each shift of up to so many pixels.

    Args:
        first: (H, W).
        second: (H, W), of the same ground.
        max_shift: s, in pixels; below half the smaller side.

    Returns:
        (2s + 1, 2s + 1), from -1 to 1. Entry (s + y, s + x) compares each pixel (r, c) of the first
        image to (r + y, c + x) of the second, where both exist, less their means there. 0 where one
        of them is flat.

    Raises:
        DataError: The sizes differ, a value is not finite, or the shifts are too large.
    """
    if first.ndim != 2 or first.shape != second.shape:
        raise DataError(f'cannot correlate {first.shape} and {second.shape}: resize one of them')
    if not 0 <= 2 * max_shift < min(first.shape):
        raise DataError(f'a shift of {max_shift} pixels is too large for {first.shape} pixels')
    images = [np.asarray(image, np.float64) for image in (first, second)]
    if not all(np.isfinite(image).all() for image in images):
        raise DataError('an image has values that are not finite; replace them first')
    # Less its mean, a sum of squares loses no digits.
    images = [image - image.mean() for image in images]
    scales = [float(np.square(image).mean()) for image in images]
    if not all(scales):
        return np.zeros((2 * max_shift + 1,) * 2)
    shifts = np.arange(-max_shift, max_shift + 1)
    pixels, (sums, squares) = _moments(images, shifts)
    covariance = _products(images[0], images[1], shifts) / pixels - sums[0] * sums[1] / pixels**2
    variances = squares / pixels - np.square(sums / pixels)
    seen = (variances > _FLAT * np.array(scales)[:, None, None]).all(0)
    result = np.zeros(covariance.shape)
    np.divide(covariance, np.sqrt(np.prod(np.maximum(variances, 0), 0)), out=result, where=seen)
    return np.clip(result, -1, 1)


def _products(
    first: NDArray[np.float64], second: NDArray[np.float64], shifts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the sums of products for each pair of shifts, by the Fourier transform."""
    # Zeros behind the images, so that what leaves at one side does not enter at the other.
    size = [next_fast_len(side + int(shifts[-1]), real=True) for side in first.shape]
    spectrum = np.conj(rfft2(first, size)) * rfft2(second, size)
    return irfft2(spectrum, size)[np.ix_(shifts, shifts)]


def _moments(
    images: list[NDArray[np.float64]], shifts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for each pair of shifts, the number of common pixels, and sums over them.

    Returns:
        (S, S), and (2, 2, S, S): sums and sums of squares of both images.
    """
    height, width = images[0].shape
    pixels = np.multiply.outer(height - np.abs(shifts), width - np.abs(shifts)).astype(np.float64)
    moments = np.empty((2, 2, len(shifts), len(shifts)))
    for number, image in enumerate(images):
        # The part of the second image moves with the shift, that of the first against it.
        sign = 1 if number else -1
        top, left = (np.maximum(0, sign * shifts),) * 2
        bottom, right = (np.minimum(side, side + sign * shifts) for side in (height, width))
        for power in (1, 2):
            table = np.zeros((height + 1, width + 1))
            table[1:, 1:] = (image**power).cumsum(0).cumsum(1)
            moments[power - 1, number] = (
                table[np.ix_(bottom, right)]
                - table[np.ix_(top, right)]
                - table[np.ix_(bottom, left)]
                + table[np.ix_(top, left)]
            )
    return pixels, moments
