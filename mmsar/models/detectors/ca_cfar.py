"""Cell-averaging constant false alarm rate detection: the classical baseline.

Source: Finn and Johnson, Adaptive detection mode with threshold control, RCA Review 29, 1968.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, find_objects, label, maximum, uniform_filter

from mmsar.errors import ConfigError


@dataclass(frozen=True)
class CACFAR:
    """A detector without training: a pixel is a target if it stands out of its surroundings.

    Attributes:
        threshold_db: Ratio of a pixel to the mean of the background ring, in decibels.
        guard: Half-width of the square left out around the pixel, in pixels; at least half the
            longest target.
        background: Half-width of the square whose rest is the background.
        min_pixels: Smaller groups of target pixels are dropped.
        closing: Gaps up to this many pixels within a target are closed.
    """

    threshold_db: float
    guard: int = 32
    background: int = 48
    min_pixels: int = 12
    closing: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.guard < self.background:
            raise ConfigError(
                f'CA-CFAR: guard={self.guard}, background={self.background}: the guard must be '
                'smaller, what lies between is the background'
            )
        if not np.isfinite(self.threshold_db):
            raise ConfigError(f'CA-CFAR: threshold_db={self.threshold_db} is not a number')

    def ratio(self, intensity: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the ratio of each pixel to its background.

        Args:
            intensity: (H, W), linear.
        """
        outer, inner = 2 * self.background + 1, 2 * self.guard + 1
        values = np.asarray(intensity, np.float64)
        sums = [uniform_filter(values, side, mode='reflect') * side**2 for side in (outer, inner)]
        mean = (sums[0] - sums[1]) / (outer**2 - inner**2)
        return (values / np.maximum(mean, np.finfo(np.float32).tiny)).astype(np.float32)

    def detect(
        self, intensity: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Find targets.

        Args:
            intensity: (H, W), linear.

        Returns:
            Boxes (N, 4), x1, y1, x2, y2 in pixels, and their scores (N,): the largest ratio in
            the box, in decibels.
        """
        return self.group(self.ratio(intensity))

    def group(self, ratio: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Join the pixels above the threshold to boxes; see :meth:`detect`."""
        hits = ratio > 10 ** (self.threshold_db / 10)
        if self.closing:
            hits = binary_closing(hits, np.ones((self.closing, self.closing)))
        numbers, count = label(hits, np.ones((3, 3)))
        if not count:
            return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
        sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
        peaks = maximum(ratio, numbers, np.arange(1, count + 1))
        boxes = np.array(
            [(c.start, r.start, c.stop, r.stop) for r, c in find_objects(numbers)], np.float32
        )
        kept = sizes >= self.min_pixels
        return boxes[kept], (10 * np.log10(peaks[kept])).astype(np.float32)
