"""Where an image is homogeneous, and its number of looks there."""

import torch
from torch import Tensor
from torch.nn import functional

from mmsar.errors import ConfigError

_DOMAINS = ('amplitude', 'intensity')
# The variance is at least this share of the squared mean: the ENL is at most a million.
_FLOOR = 1e-6


def to_intensity(images: Tensor, domain: str, power: float = 1.0) -> Tensor:
    """Return the intensity of images, the square of an amplitude.

    Args:
        images: Any shape, from 0.
        domain: ``amplitude`` or ``intensity``, to whose power the values are proportional.
        power: That of :class:`mmsar.StretchSAR`.

    Raises:
        ConfigError: The domain is another, or the power is not above zero.
    """
    if domain not in _DOMAINS:
        raise ConfigError(f'domain={domain!r}; choose {" or ".join(_DOMAINS)}')
    if not power > 0:
        raise ConfigError(f'power={power}; it must be above zero')
    exponent = (2 if domain == 'amplitude' else 1) / power
    return images if exponent == 1 else images.square() if exponent == 2 else images**exponent


def equivalent_looks(intensity: Tensor) -> Tensor:
    """Return the equivalent number of looks, mean^2 / variance of intensity (equation 19).

    Of homogeneous speckle of L looks it is L. The same ratio of single-look amplitudes would be
    1 / (4 / pi - 1) = 3.66, so square amplitudes first (:func:`to_intensity`).

    Args:
        intensity: (..., pixels).

    Returns:
        (...); 0 for zeros.
    """
    square = intensity.mean(dim=-1).square()
    variance = torch.maximum(intensity.var(dim=-1, correction=0), _FLOOR * square)
    return square / (variance + torch.finfo(intensity.dtype).tiny)


@torch.no_grad()
def homogeneous_places(
    images: Tensor,
    size: int,
    domain: str = 'amplitude',
    level: float = 0.25,
    tolerance: float = 1.25,
    max_clipped: float = 0.05,
    power: float = 1.0,
) -> Tensor:
    """Find the patches of images that are homogeneous, by their coefficient of variation.

    A patch is if its coefficient of variation (standard deviation / mean, of intensity) is at most
    ``tolerance`` times that of the most even patches, a quantile. To take the most even patches
    themselves would choose those whose speckle happens to be weak: their ENL is too large.

    Args:
        images: (N, 1, H, W), in [0, 1].
        size: Rows and columns of a patch, in pixels.
        domain: See :func:`to_intensity`.
        level: The quantile, 0 to 1. Less than the share of the image that is homogeneous.
        tolerance: See there.
        max_clipped: Patches with a larger share of pixels at 0 or 1 do not count: their statistics
            are those of the clipping.
        power: See :func:`to_intensity`.

    Returns:
        (N, H - size + 1, W - size + 1), whether the patch that begins there is homogeneous.

    Raises:
        ConfigError: The patch is larger than the image.
    """
    if size > min(images.shape[-2:]):
        raise ConfigError(
            f'size={size}: the patches are larger than the images, {images.shape[-2]} x '
            f'{images.shape[-1]}; make them smaller'
        )
    values = images.double()
    intensity = to_intensity(values, domain, power)
    clipped = ((values <= 0) | (values >= 1)).double()
    mean, square, share = (
        # Rows, then columns: size / 2 times less work than squares
        functional.avg_pool2d(functional.avg_pool2d(part, (size, 1), 1), (1, size), 1)[:, 0]
        for part in (intensity, intensity.square(), clipped)
    )
    variation = (square - mean.square()).clamp_min(0).sqrt() / mean
    # Without any variance it is no speckle but a margin.
    counts = (variation > _FLOOR**0.5) & (share <= max_clipped)
    variation = variation.masked_fill(~counts, torch.nan)
    most_even = variation.flatten(1).nanquantile(level, dim=1)[:, None, None]
    return variation <= tolerance * most_even  # not a number: no
