"""Calibration and noise level as an augmentation."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmsar.datasets.transforms.known_domain import known_domain
from mmsar.errors import ConfigError
from mmsar.io import convert_domain
from mmsar.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomRadiometry(BaseTransform):
    """Change gain and noise floor: I' = G I + O, in intensity I.

    G is an error of the calibration. O is an additive power, as another noise-equivalent sigma
    nought gives, relative to the mean intensity of the image.

    Required: ``<key>``, ``<key>_raster``. Changed: ``<key>``; its domain stays.

    Args:
        gain_db: G is drawn uniformly from this range, in decibels.
        offset_db: 10 log10(O / mean I) is drawn uniformly from this range. Default: no offset.
        prob: Probability that an image is changed.
        domain: Domain of the values. Default: what the image says.
        key: Name of the image in the sample.
    """

    def __init__(
        self,
        gain_db: tuple[float, float] = (-1.0, 1.0),
        offset_db: tuple[float, float] | None = None,
        prob: float = 1.0,
        domain: str | None = None,
        key: str = 'img',
    ) -> None:
        for name, bounds in (('gain_db', gain_db), ('offset_db', offset_db)):
            if bounds is not None and (len(bounds) != 2 or bounds[0] > bounds[1]):
                raise ConfigError(f'RandomRadiometry: {name}={bounds!r}; give (least, most)')
        self.gain_db = gain_db
        self.offset_db = offset_db
        self.prob = prob
        self.domain = domain
        self.key = key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the image."""
        domain = known_domain(results, self.key, self.domain, self)
        if np.random.random() >= self.prob:
            return results
        gain = np.random.uniform(*self.gain_db)
        array = results[self.key]
        if self.offset_db is None:
            # Exact in every domain, without a conversion.
            shift = {'amplitude': 10 ** (gain / 20), 'intensity': 10 ** (gain / 10)}.get(domain)
            results[self.key] = (
                array + np.float32(gain) if shift is None else array * np.float32(shift)
            )
            return results
        offset = np.random.uniform(*self.offset_db)
        intensity = convert_domain(array, domain, 'intensity')
        level = float(np.nanmean(intensity, dtype=np.float64)) * 10 ** (offset / 10)
        intensity = intensity * np.float32(10 ** (gain / 10)) + np.float32(level)
        results[self.key] = convert_domain(intensity, 'intensity', domain)
        return results

    def __repr__(self) -> str:
        return (
            f'RandomRadiometry(gain_db={self.gain_db}, offset_db={self.offset_db}, '
            f'prob={self.prob}, key={self.key!r})'
        )
