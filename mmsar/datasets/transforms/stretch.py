"""From radar values to the value range of a network, and back."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mmsar.datasets.percentiles import array_percentiles, recorded
from mmsar.datasets.transforms.known_domain import known_domain
from mmsar.errors import ConfigError, DataError
from mmsar.io import convert_domain
from mmsar.registry import TRANSFORMS

RULES = ('8bit', 'fixed', 'percentile', 'db', 'peak')


@dataclass(frozen=True)
class Stretch:
    """A map from [low, high] to [out_low, out_high]: linear, of decibels, or a power.

    Attributes:
        low: Value that becomes ``out_low``, in decibels if ``domain`` is given.
        high: Value that becomes ``out_high``.
        out_low: See there.
        out_high: See there.
        domain: Domain of the values where their decibels are mapped, else None.
        power: Of the place between ``low`` and ``high``, 0 to 1; 1 is linear.
    """

    low: float
    high: float
    out_low: float = 0.0
    out_high: float = 255.0
    domain: str | None = None
    power: float = 1.0

    def apply(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Map values; those outside, and those that are not numbers, go to the ends (NaN: low)."""
        if self.domain is not None:
            values = convert_domain(values, self.domain, 'db')
        scale = (self.out_high - self.out_low) / (self.high - self.low)
        # 8-bit images are most of what passes here, and need the middle step alone.
        if self.low != 0:
            values = np.subtract(values, np.float32(self.low), dtype=np.float32)
        result = np.fmax(values, np.float32(0), dtype=np.float32)  # NaN becomes 0
        np.fmin(result, np.float32(self.high - self.low), out=result)
        if self.power != 1:
            result /= np.float32(self.high - self.low)
            np.power(result, np.float32(self.power), out=result)
            scale = self.out_high - self.out_low
        if scale != 1:
            result *= np.float32(scale)
        if self.out_low != 0:
            result += np.float32(self.out_low)
        return result

    def invert(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Map back; what was outside stays at the ends."""
        result = np.asarray(values, np.float32) - np.float32(self.out_low)
        if self.power == 1:
            result *= np.float32((self.high - self.low) / (self.out_high - self.out_low))
        else:
            result /= np.float32(self.out_high - self.out_low)
            result = np.fmax(result, np.float32(0)) ** np.float32(1 / self.power)
            result *= np.float32(self.high - self.low)
        result += np.float32(self.low)
        if self.domain is not None:
            result = convert_domain(result, 'db', self.domain)
        return result


@TRANSFORMS.register_module()
class StretchSAR(BaseTransform):
    """Map radar values to the network's range by one rule for all images, or one for each scene.

    Never by the maximum of a crop, which makes an empty sea bright: put it right behind
    ``LoadSARImage``.

    Required: ``<key>``, ``<key>_raster``. Changed: ``<key>``, float32 in ``out``. Added:
    ``<key>_stretch``, the :class:`Stretch` that was used.

    Args:
        rule: ``8bit`` is for 8-bit files, 0 to 255, and refuses others; ``fixed`` maps values from
            ``low`` to ``high`` in the units of the image; ``db`` maps decibels from ``low`` to
            ``high``; ``percentile`` maps from percentile ``low`` to percentile ``high`` of the
            whole scene; tiles that ``slice_scenes.py`` wrote know those of theirs; ``peak`` maps
            decibels above the largest value of the whole scene, from ``low`` to ``high``.
        low: See ``rule``. Default for ``percentile``: 1.
        high: See ``rule``. Default for ``percentile``: 99.
        out: Result range. mmdet and mmpretrain normalise from 0 to 255.
        domain: Domain of the values, for ``db`` and ``peak``. Default: what the image says.
        power: Of the values between ``low`` and ``high``, for rules without decibels: with 0.5
            their square root is mapped, which shows speckle in dark and bright areas alike.
        key: Name of the image in the sample.

    Attributes:
        levels: Percentiles of the whole scene that the rule needs; none if it maps all scenes
            alike.
    """

    def __init__(
        self,
        rule: str,
        low: float | None = None,
        high: float | None = None,
        out: tuple[float, float] = (0.0, 255.0),
        domain: str | None = None,
        power: float = 1.0,
        key: str = 'img',
    ) -> None:
        if rule not in RULES:
            raise ConfigError(f'StretchSAR: rule={rule!r}; choose one of {", ".join(RULES)}')
        if rule == '8bit':
            low, high = 0.0, 255.0
        if rule == 'percentile':
            low, high = (1.0 if low is None else low), (99.0 if high is None else high)
            if not (0 <= low <= 100 and 0 <= high <= 100):
                raise ConfigError(f'StretchSAR: percentiles {low}, {high} are not in 0 to 100')
        if low is None or high is None or not low < high:
            raise ConfigError(
                f'StretchSAR: low={low}, high={high}; rule={rule!r} needs both, low below high'
            )
        if len(out) != 2 or not out[0] < out[1]:
            raise ConfigError(f'StretchSAR: out={out!r}; give (lower, upper)')
        if not power > 0 or (rule in ('db', 'peak') and power != 1):
            raise ConfigError(
                f"StretchSAR: power={power}; it must be above zero, and 1 with rule='db' or 'peak'"
            )
        self.rule = rule
        self.low = float(low)
        self.high = float(high)
        self.out = (float(out[0]), float(out[1]))
        self.domain = domain
        self.power = float(power)
        self.key = key
        self.levels = {'percentile': (self.low, self.high), 'peak': (100.0,)}.get(rule, ())

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Stretch the image."""
        array = results[self.key]
        decibels = self.rule in ('db', 'peak')
        domain = known_domain(results, self.key, self.domain, self) if decibels else None
        low, high = self.low, self.high
        if self.rule == '8bit':
            self._require_8_bits(results)
        if self.rule == 'percentile':
            low, high = self._percentiles(results, array)
            # A flat image: any range above it maps it to the lower end.
            high = high if high > low else low + max(abs(low), 1.0) * 1e-3
        if self.rule == 'peak':
            peak = self._peak(results, array, str(domain))
            low, high = low + peak, high + peak
        stretch = Stretch(low, high, *self.out, domain=domain, power=self.power)
        results[self.key] = stretch.apply(array)
        results[f'{self.key}_stretch'] = stretch
        if f'{self.key}_raster' in results:
            # They are no radar values any more.
            results[f'{self.key}_raster'] = replace(results[f'{self.key}_raster'], domain=None)
        return results

    def _require_8_bits(self, results: dict[str, Any]) -> None:
        raster = results.get(f'{self.key}_raster')
        if raster is not None and raster.dtype != 'uint8':
            raise DataError(
                f'{results.get(f"{self.key}_path")} holds {raster.dtype} values; say how to map '
                "them to the network's range: StretchSAR with rule='db', 'fixed' or 'percentile' "
                'in the pipelines of the config'
            )

    def _peak(self, results: dict[str, Any], array: NDArray[Any], domain: str) -> float:
        """Return the largest value in decibels."""
        (peak,) = self._percentiles(results, array)
        if domain != 'db' and peak <= 0:
            path = results.get(f'{self.key}_path', 'the image')
            raise DataError(f"{path} has no value above zero; StretchSAR(rule='peak') needs one")
        return float(convert_domain(np.array(peak), domain, 'db'))

    def _percentiles(self, results: dict[str, Any], array: NDArray[Any]) -> list[float]:
        path = results.get(f'{self.key}_path', 'the image')
        whole = results.get(f'ori_{self.key}_shape', array.shape)
        if tuple(whole[:2]) != array.shape[:2]:
            raise ConfigError(
                f'StretchSAR: {path} was cropped or resized before; percentiles and peaks are '
                'those of the whole scene: put StretchSAR right behind LoadSARImage'
            )
        scene = results.get(f'{self.key}_percentiles')
        if scene is not None:  # of the scene that this tile was cut from
            return [recorded(scene, level) for level in self.levels]
        nodata = getattr(results.get(f'{self.key}_raster'), 'nodata', None)
        return array_percentiles(array, nodata, self.levels, path)

    def __repr__(self) -> str:
        return (
            f'StretchSAR(rule={self.rule!r}, low={self.low}, high={self.high}, out={self.out}, '
            f'domain={self.domain!r}, power={self.power}, key={self.key!r})'
        )
