"""How the values of a SAR image become 8 bits, or are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmsar.datasets.percentiles import LEVELS, scene_percentiles
from mmsar.datasets.transforms import Stretch
from mmsar.errors import ConfigError, DataError
from mmsar.io import Raster

RULES = ('percentile', 'db', 'fixed', 'keep')


@dataclass(frozen=True)
class Radiometry:
    """How values are written.

    Attributes:
        rule: ``keep`` 8- or 16-bit values of the SAR image; or map to 8 bits: ``percentile`` of the
            scene, decibels (``db``) or values (``fixed``) from ``low`` to ``high``.
        low: See ``rule``. Default for ``percentile`` and ``keep``: 1.
        high: See ``rule``. Default for ``percentile`` and ``keep``: 99.
        domain: ``amplitude``, ``intensity`` or ``db``, for ``db``. Default: what the file says.
        sar_band: Number of the band to use.
        optical_bands: Likewise. Default: the first three, or the one there is.
    """

    rule: str = 'percentile'
    low: float | None = None
    high: float | None = None
    domain: str | None = None
    sar_band: int = 0
    optical_bands: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ConfigError(f'stretch={self.rule!r}: choose one of {", ".join(RULES)}')
        if self.optical_bands is not None and len(self.optical_bands) not in (1, 3):
            raise ConfigError(f'optical_bands={self.optical_bands}: give one or three')
        low, high = self.limits
        if low is None or high is None or not low < high:
            raise ConfigError(
                f'stretch={self.rule!r} needs low and high, low below high; got {low}, {high}'
            )
        if self.rule in ('percentile', 'keep'):
            _require_level(low)
            _require_level(high)

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """``low`` and ``high`` with their defaults."""
        if self.rule in ('percentile', 'keep'):
            return 1.0 if self.low is None else self.low, 99.0 if self.high is None else self.high
        return self.low, self.high

    def sar_stretch(self, raster: Raster) -> Stretch:
        """Return the map of an image's values to 8 bits.

        Raises:
            DataError: The values cannot be kept, or their domain is not known.
        """
        if self.rule == 'keep' and raster.meta.dtype not in ('uint8', 'uint16'):
            raise DataError(
                f'{raster.path} holds {raster.meta.dtype} values, which PNG cannot keep: choose '
                'another stretch'
            )
        low, high = (float(value) for value in self.limits if value is not None)
        if self.rule == 'db':
            domain = self.domain or raster.meta.domain
            domain = 'amplitude' if domain == 'complex' else domain  # their magnitude is read
            if domain is None:
                raise DataError(
                    f'{raster.path} does not say what its values are; set domain (amplitude, '
                    'intensity or db) to stretch decibels'
                )
            return Stretch(low, high, domain=domain)
        if self.rule == 'fixed':
            return Stretch(low, high)
        return percentile_stretch(raster, [self.sar_band], low, high)


def percentile_stretch(raster: Raster, bands: Sequence[int], low: float, high: float) -> Stretch:
    """Return the map of percentiles of some bands, taken together, to the ends of 8 bits."""
    values = scene_percentiles(raster, bands)
    bottom, top = values[f'{low:g}'], values[f'{high:g}']
    return Stretch(bottom, top if top > bottom else bottom + max(abs(bottom), 1.0) * 1e-3)


def _require_level(level: float) -> None:
    if level not in LEVELS:
        raise ConfigError(f'percentile {level:g}: choose from {", ".join(map(str, LEVELS))}')
