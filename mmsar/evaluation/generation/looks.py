"""Speckle: the equivalent number of looks of homogeneous patches."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.models.losses.homogeneous import equivalent_looks, homogeneous_places

_PIXELS = 2**20  # that are worked on at a time


def image_looks(
    images: NDArray[Any],
    size: int = 16,
    level: float = 0.25,
    tolerance: float = 1.25,
    saturation: float | None = None,
) -> NDArray[np.float64]:
    """Return the equivalent number of looks of each image: the median over homogeneous patches.

    ENL = mean**2 / variance of intensity (:func:`mmsar.models.losses.homogeneous.equivalent_looks`,
    as in the loss of speckle); L-look speckle has L. Patches are taken a quarter of their side
    apart, where they are homogeneous within their own image. The median, since some patches have
    structure that is weak enough to pass, and those of smooth surfaces have an ENL in the hundreds.

    Args:
        images: Amplitudes (N, H, W).
        size: Rows and columns of a patch. Small ones are biased, see :class:`mmsar.SpeckleLoss`.
        level: See :func:`mmsar.models.losses.homogeneous.homogeneous_places`.
        tolerance: See there.
        saturation: Value at which amplitudes are cut, such as 255; patches with many such pixels,
            or zeros, do not count. Default: only zeros are looked for.

    Returns:
        (N,); NaN for an image without a homogeneous patch.

    Raises:
        ConfigError: The patches are larger than the images.
    """
    step, found = max(size // 4, 1), []
    per_chunk = max(_PIXELS // images[0].size, 1)
    for start in range(0, len(images), per_chunk):
        part = torch.from_numpy(np.asarray(images[start : start + per_chunk], np.float64))
        top = saturation or 2 * max(float(part.max()), 1e-30)
        places = homogeneous_places((part / top)[:, None], size, 'amplitude', level, tolerance)[
            :, ::step, ::step
        ]
        patches = part.square().unfold(1, size, step).unfold(2, size, step)
        looks = torch.full(places.shape, torch.nan, dtype=torch.float64)
        if places.any():
            looks[places] = equivalent_looks(patches[places].flatten(1))
        found.append(looks.flatten(1).nanmedian(dim=1).values)
    return torch.cat(found).numpy()


def set_looks(looks: NDArray[np.float64]) -> float:
    """Return the median of :func:`image_looks` over a set; NaN if no image has any."""
    known = looks[~np.isnan(looks)]
    return float(np.median(known)) if known.size else float('nan')


def enl_ratio(real: NDArray[Any], generated: NDArray[Any], **settings: Any) -> float:
    """Return the equivalent number of looks of generated images over that of real ones.

    Above 1, generated images have too little speckle.

    Args:
        real: Amplitudes (N, H, W).
        generated: Amplitudes (M, h, w).
        **settings: See :func:`image_looks`.

    Raises:
        DataError: A set has no homogeneous patch.
    """
    looks = {
        name: set_looks(image_looks(images, **settings))
        for name, images in (('real', real), ('generated', generated))
    }
    for name, value in looks.items():
        if np.isnan(value):
            raise DataError(
                f'the {name} images have no homogeneous patch; choose a smaller size of the patches'
            )
    return looks['generated'] / looks['real']
