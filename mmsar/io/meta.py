"""What the values of a raster mean and where they are on the ground."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError

DOMAINS = ('amplitude', 'intensity', 'db', 'complex')
POLARISATIONS = ('HH', 'HV', 'VH', 'VV')

# x = a * column + b * row + c; y = d * column + e * row + f, at the corner of the first pixel
Affine = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class RasterMeta:
    """Description of a raster.

    Attributes:
        shape: Rows, columns and bands of the whole file.
        dtype: Type of the values on disk, as numpy names it, or ``complex_int16``.
        domain: One of :data:`DOMAINS`, or None where the file does not say.
        pixel_spacing: Between rows and between columns, in metres, or None.
        crs: Coordinate reference system, as EPSG code or WKT, or None.
        transform: From (column, row) of the part that was read to the CRS, or None.
        polarisations: One per band that was read, or empty where unknown.
        nodata: Value of the pixels without data, or None.
        tags: Further fields of the file as text (the header of an MSTAR chip, TIFF tags).
    """

    shape: tuple[int, int, int]
    dtype: str
    domain: str | None = None
    pixel_spacing: tuple[float, float] | None = None
    crs: str | None = None
    transform: Affine | None = None
    polarisations: tuple[str, ...] = ()
    nodata: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.domain is not None:
            require_domain(self.domain, 'domain')

    def missing(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which values are no data: ``nodata``, NaN and infinity; of the array's shape."""
        without = ~np.isfinite(array)
        with np.errstate(over='ignore'):  # the lowest float64 is -inf in float32, as the array is
            return without if self.nodata is None else without | (array == self.nodata)

    def for_part(self, row: int, column: int, bands: tuple[int, ...]) -> 'RasterMeta':
        """Return the description of a part that begins at (row, column) and has these bands."""
        transform = self.transform
        if transform is not None:
            a, b, c, d, e, f = transform
            transform = (a, b, c + a * column + b * row, d, e, f + d * column + e * row)
        names = tuple(self.polarisations[i] for i in bands) if self.polarisations else ()
        return replace(self, transform=transform, polarisations=names)


def require_domain(domain: str, argument: str) -> None:
    """Check the name of a domain.

    Raises:
        DataError: It is none.
    """
    if domain not in DOMAINS:
        raise DataError(f'{argument}={domain!r}: choose one of {", ".join(DOMAINS)}')
