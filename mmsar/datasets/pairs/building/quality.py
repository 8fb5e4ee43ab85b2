"""Figures that tell whether a patch pair is worth keeping, and the limits for them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError

_FILL_SHARE = 1 / 256  # of a patch; a smaller area of zeros is dark ground
_BLOCK = 8  # pixels; means over such squares have little speckle left
_NEAR = 1.25  # a figure within this factor of its limit is doubtful


class Figures(NamedTuple):
    """Of one patch pair.

    Attributes:
        missing: Share of pixels that either image lacks.
        entropy: Of the grey levels of the optical image, in bits.
        structure: See :func:`structure`; the smaller one of the two images.
        seam: See :func:`mmsar.datasets.pairs.building.seams.seam`; of the optical image.
    """

    missing: float
    entropy: float
    structure: float
    seam: float


@dataclass(frozen=True)
class Limits:
    """What a patch pair must keep to.

    Of 140 real pairs of various places the defaults leave out 19, all for roads, canals or fields
    that look like seams; and they leave out patches of nothing but speckle or water.

    Attributes:
        max_missing: At most this share of pixels may be missing.
        min_entropy: Of the optical image, in bits; 0 of a flat image, 8 at most.
        min_structure: Of both images.
        max_seam: Of the optical image.
        max_similarity: Of the optical image to that of a patch before it.
    """

    max_missing: float = 0.01
    min_entropy: float = 4.0
    min_structure: float = 0.08
    max_seam: float = 1.2
    max_similarity: float = 0.9

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0:
                raise ConfigError(f'{name}={value} is negative')

    def judge(self, figures: Figures) -> tuple[str, str]:
        """Return why a patch is left out, and what of it is doubtful; '' for neither."""
        if figures.missing > self.max_missing:
            return 'missing', ''
        checks = {
            'entropy': (figures.entropy, self.min_entropy, figures.entropy < self.min_entropy),
            'structure': (
                figures.structure,
                self.min_structure,
                figures.structure < self.min_structure,
            ),
            'seam': (figures.seam, self.max_seam, figures.seam > self.max_seam),
        }
        reasons = [name for name, (_, _, bad) in checks.items() if bad]
        near = [
            name
            for name, (value, limit, bad) in checks.items()
            # A straight road or quay can look like a seam, however clear it is.
            if limit / _NEAR < value < limit * _NEAR or (bad and name == 'seam')
        ]
        return ''.join(reasons[:1]), ', '.join(near)

    def nearly_similar(self, similarity: float) -> bool:
        """Tell whether a patch is kept though another looks much like it."""
        return self.max_similarity / _NEAR < similarity <= self.max_similarity


def entropy(grey: NDArray[np.uint8]) -> float:
    """Return Shannon's entropy of the grey levels (H, W), in bits: 0 of a flat image, 8 at most."""
    share = np.bincount(grey.ravel(), minlength=256) / grey.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def structure(grey: NDArray[np.uint8]) -> float:
    """Return how much an image (H, W) varies beyond its noise.

    This is the standard deviation of means over squares of 8 pixels, relative to the mean: about
    0.03 of three-look speckle on even ground, 0.2 and more of fields and buildings. The entropy of
    a radar image does not tell: speckle alone has a high one.
    """
    rows, columns = (side // _BLOCK * _BLOCK for side in grey.shape)
    even = grey[:rows, :columns].astype(np.float64)
    means = even.reshape(rows // _BLOCK, _BLOCK, columns // _BLOCK, _BLOCK).mean((1, 3))
    return float(means.std() / max(float(means.mean()), 1.0))


def filled(image: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where an image (H, W, C) has a frame of zeros, as rotated images have.

    Zeros count where they are connected, reach the border and are more than a few pixels.
    """
    zero = (image == 0).all(2)
    if zero.mean() < _FILL_SHARE:
        return np.zeros_like(zero)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        zero.astype(np.uint8), connectivity=4
    )
    frame = np.zeros(count, bool)
    frame[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = True
    frame &= stats[:, cv2.CC_STAT_AREA] >= _FILL_SHARE * zero.size
    frame[0] = False  # what is not zero
    return np.asarray(frame[labels])
