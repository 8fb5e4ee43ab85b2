"""What sets of images must be before figures are taken of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError

_LISTED = 3


def require_images(
    images: NDArray[Any], what: str = 'the images', names: Sequence[str] | None = None
) -> None:
    """Check a set of amplitude images.

    Args:
        images: (N, H, W).
        what: The set, for messages.
        names: Of the images, for messages.

    Raises:
        DataError: It is no such set or has fewer than two images; or some have values that are not
            finite or below zero, or one value everywhere.
    """
    if images.ndim != 3:
        raise DataError(f'{what} have shape {images.shape}; give amplitudes (N, H, W), one band')
    if np.iscomplexobj(images):
        raise DataError(f'{what} are complex; take their amplitude (mmsar.io.convert_domain)')
    if len(images) < 2 or min(images.shape[1:]) < 2:
        raise DataError(
            f'{what}: {len(images)} images of {images.shape[1]} x {images.shape[2]} pixels; '
            'figures of a set need two images of 2 x 2 pixels at least'
        )
    low, high = (part(images, axis=(1, 2)) for part in (np.min, np.max))
    finite = np.isfinite(low) & np.isfinite(high)
    problems = {
        'have values that are not finite; leave them out, or repair them': ~finite,
        'have values below zero; give amplitudes, not decibels (mmsar.io.convert_domain)': low < 0,
        'have one value everywhere; they are no images, leave them out': finite & (low == high),
    }
    for problem, bad in problems.items():
        if bad.any():
            raise DataError(
                f'{what}: {bad.sum()} of {len(images)} images {problem}: {_some(bad, names)}'
            )


def require_same_size(real: NDArray[Any], generated: NDArray[Any]) -> None:
    """Check that two sets have images of one size.

    Raises:
        DataError: They have not.
    """
    if real.shape[1:] != generated.shape[1:]:
        raise DataError(
            f'real images are {real.shape[1]} x {real.shape[2]} pixels, generated ones '
            f'{generated.shape[1]} x {generated.shape[2]}; cut them to one size (resizing would '
            'change their speckle)'
        )


def _some(bad: NDArray[np.bool_], names: Sequence[str] | None) -> str:
    places = np.flatnonzero(bad)
    shown = [names[n] if names else f'number {n}' for n in places[:_LISTED]]
    return ', '.join(shown) + (', ...' if len(places) > _LISTED else '')
