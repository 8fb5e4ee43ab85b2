"""Speckle as an augmentation."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mmsar.datasets.transforms.known_domain import known_domain
from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class SpeckleNoise(BaseTransform):
    """Multiply the intensity by L-look speckle: Gamma of shape L and mean 1.

    Amplitude is multiplied by its square root; decibels are added. Channels that are copies of one
    band get the same speckle.

    Source: Oliver and Quegan, Understanding Synthetic Aperture Radar Images, section 4.3.

    Required: ``<key>``, ``<key>_raster``. Changed: ``<key>``.

    Args:
        looks: Number of looks, or (least, most) to draw it uniformly from for each image.
        prob: Probability that an image gets it.
        domain: Domain of the values. Default: what the image says.
        key: Name of the image in the sample.
    """

    def __init__(
        self,
        looks: float | tuple[float, float],
        prob: float = 1.0,
        domain: str | None = None,
        key: str = 'img',
    ) -> None:
        least, most = looks if isinstance(looks, (tuple, list)) else (looks, looks)
        if not 0 < least <= most:
            raise ConfigError(f'SpeckleNoise: looks={looks!r} must be positive, least before most')
        self.looks = (float(least), float(most))
        self.prob = prob
        self.domain = domain
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add speckle."""
        domain = known_domain(results, self.key, self.domain, self)
        if np.random.random() >= self.prob:
            return results
        array = results[self.key]
        looks = np.random.uniform(*self.looks)
        shape = (*array.shape[:2], 1) if _copies(array) else array.shape
        factor = (np.random.standard_gamma(looks, shape) / looks).astype(np.float32)
        if domain == 'db':
            tiny = np.finfo(np.float32).tiny
            results[self.key] = array + 10 * np.log10(np.maximum(factor, tiny))
        else:
            results[self.key] = array * (np.sqrt(factor) if domain == 'amplitude' else factor)
        return results

    def __repr__(self) -> str:
        return f'SpeckleNoise(looks={self.looks}, prob={self.prob}, key={self.key!r})'


def _copies(array: NDArray[Any]) -> bool:
    """Tell whether all channels are the same."""
    first = array[..., :1]
    return array.ndim == 3 and bool(((array == first) | np.isnan(first)).all())
