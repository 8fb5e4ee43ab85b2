"""Are generated images copies of training images?"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.evaluation.generation.checks import require_images

FLIPS = ('as it is', 'left to right', 'upside down', 'turned by half')
_FLOOR = 1e-2  # of the mean amplitude: 40 dB below it, everything is black


@dataclass(frozen=True, eq=False)
class NearestImages:
    """The training image that each of N images is most like.

    Attributes:
        similarity: (N,), correlation coefficient of both in decibels, -1 to 1.
        number: (N,), of the training image.
        flip: (N,), index of :data:`FLIPS`: how the training image was turned.
    """

    similarity: NDArray[np.float32]
    number: NDArray[np.intp]
    flip: NDArray[np.intp]


def nearest_images(
    images: NDArray[np.float32],
    training: NDArray[np.float32],
    shift: int = 2,
    flips: bool = True,
    same: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> NearestImages:
    """Find the training image that each image is most like, pixel by pixel.

    Two images of one object by one radar differ in their speckle; a copy has the very speckle. So
    decibels are compared, in which the dark background counts as much as the target.

    Args:
        images: Amplitudes (N, H, W).
        training: Amplitudes (M, H, W).
        shift: Pixels that they may be shifted against each other, in rows and columns.
        flips: Mirror images and turns by half count as well, as augmentation makes them.
        same: ``images`` are the training images: each is compared with the others.
        progress: Called with the number of passes that are done, and that of all.

    Raises:
        DataError: Sizes differ, or a set is none, see
            :func:`mmsar.evaluation.generation.checks.require_images`.
    """
    if images.shape[1:] != training.shape[1:]:
        raise DataError(f'images of {images.shape[1:]} and {training.shape[1:]} pixels differ')
    require_images(images, 'the images')
    require_images(training, 'the training images')
    vectors = _standardised(images).reshape(len(images), -1)
    large = _standardised(training)
    found = NearestImages(
        np.full(len(images), -np.inf, np.float32),
        np.zeros(len(images), np.intp),
        np.zeros(len(images), np.intp),
    )
    steps = range(-shift, shift + 1)
    passes = list(product(range(4 if flips else 1), steps, steps))
    for done, (flip, row, column) in enumerate(passes, 1):
        moved = np.roll(turned(large, flip), (row, column), axis=(1, 2))
        moved = moved.reshape(len(training), -1)
        likeness = vectors @ moved.T
        if same:
            np.fill_diagonal(likeness, -np.inf)
        best = likeness.argmax(axis=1)
        value = likeness[np.arange(len(images)), best]
        better = value > found.similarity
        found.similarity[better] = value[better]
        found.number[better] = best[better]
        found.flip[better] = flip
        if progress is not None:
            progress(done, len(passes))
    return found


def turned(image: NDArray[np.float32], flip: int) -> NDArray[np.float32]:
    """Return an image (H, W), or several (N, H, W), turned as :data:`FLIPS` says."""
    return image[..., :: 1 - flip // 2 * 2, :: 1 - flip % 2 * 2]


def _standardised(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return decibels with mean 0 and norm 1 an image."""
    mean = images.mean(axis=(1, 2), keepdims=True)
    decibels = np.log10(np.maximum(images, _FLOOR * mean))
    decibels -= decibels.mean(axis=(1, 2), keepdims=True)
    norm = np.sqrt(np.square(decibels).sum(axis=(1, 2), keepdims=True))
    return (decibels / norm).astype(np.float32)
