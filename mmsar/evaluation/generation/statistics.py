"""What is taken of each image once, and compared between sets of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.generation import amplitude, glcm, kernel_distance, manifold, spectrum
from mmsar.evaluation.generation.amplitude import draw_pixels
from mmsar.evaluation.generation.glcm import glcm_features
from mmsar.evaluation.generation.looks import image_looks
from mmsar.evaluation.generation.spectrum import radial_spectra

# Amplitudes (N, H, W) to features (N, D)
Features = Callable[[NDArray[np.float32]], NDArray[Any]]


@dataclass(frozen=True)
class FidelitySettings:
    """How figures are taken.

    Attributes:
        patch: Rows and columns of homogeneous patches.
        level: See :func:`mmsar.models.losses.homogeneous.homogeneous_places`.
        tolerance: See there.
        saturation: Value at which amplitudes are cut, None where they are not.
        levels: Of co-occurrence matrices.
        distances: Of co-occurrence matrices, in pixels.
        cutoff: From which frequencies are high, in cycles a pixel.
        pixels: For the distributions of amplitudes, of a set.
        subsets: Of KID.
        subset_size: Of KID.
        neighbours: Of precision and recall.
        density_neighbours: Of density and coverage.
        splits: Of the real images, for the sampling floor; 0: no floor.
        seed: Of all draws.

    Raises:
        ConfigError: A number is out of range.
    """

    patch: int = 16
    level: float = 0.25
    tolerance: float = 1.25
    saturation: float | None = None
    levels: int = glcm.LEVELS
    distances: Sequence[int] = glcm.DISTANCES
    cutoff: float = spectrum.CUTOFF
    pixels: int = amplitude.MOST_PIXELS
    subsets: int = kernel_distance.SUBSETS
    subset_size: int = kernel_distance.SUBSET_SIZE
    neighbours: int = manifold.NEIGHBOURS
    density_neighbours: int = manifold.DENSITY_NEIGHBOURS
    splits: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        least = {
            'patch': 2, 'tolerance': 1, 'pixels': 1, 'subsets': 1, 'subset_size': 2,
            'neighbours': 1, 'density_neighbours': 1, 'splits': 0,
        }  # fmt: skip
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ConfigError(f'{name}={getattr(self, name)}; give {low} or more')
        if not 0 <= self.level <= 1:
            raise ConfigError(f'level={self.level}; give 0 to 1')
        if not 0 <= self.cutoff < 0.5:
            raise ConfigError(f'cutoff={self.cutoff} cycles a pixel; give 0 to below 0.5')
        if self.saturation is not None and not self.saturation > 0:
            raise ConfigError(f'saturation={self.saturation}; give a value above zero, or None')


@dataclass(frozen=True, eq=False)
class ImageStatistics:
    """What is known of the images of a set.

    Attributes:
        looks: Equivalent number of looks, (N,); NaN without homogeneous patch.
        pixels: Amplitudes, all or drawn, (N, P).
        glcm: Properties of co-occurrence matrices, (N, distances, 4).
        power: Radial power spectra, (N, R).
        high: Share of high frequencies, (N,).
        frequency: Of the spectra, (R,).
        features: Of a network, (N, D), or None.
    """

    looks: NDArray[np.float64]
    pixels: NDArray[np.float32]
    glcm: NDArray[np.float64]
    power: NDArray[np.float64]
    high: NDArray[np.float64]
    frequency: NDArray[np.float64]
    features: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.looks)

    def part(self, places: NDArray[Any]) -> 'ImageStatistics':
        """Return those of some images, by their numbers or a mask."""
        names = [field.name for field in fields(self) if field.name != 'frequency']
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        taken: dict[str, Any] = {k: None if v is None else v[places] for k, v in values.items()}
        return replace(self, **taken)


def describe(
    images: NDArray[Any],
    edges: NDArray[np.float64],
    settings: FidelitySettings,
    features: Features | NDArray[Any] | None = None,
) -> ImageStatistics:
    """Take the statistics of images.

    Args:
        images: Amplitudes (N, H, W), checked by
            :func:`mmsar.evaluation.generation.checks.require_images`.
        edges: Levels of grey, the same for all sets that are compared.
        settings: How.
        features: What makes features (N, D) of images, or features; None: no features.

    Raises:
        DataError: The features are not one vector for each image.
    """
    found = features(np.asarray(images, np.float32)) if callable(features) else features
    if found is not None:
        found = np.asarray(found, np.float32)
        if found.ndim != 2 or len(found) != len(images):
            raise DataError(
                f'features of {len(images)} images have shape {found.shape}; the network must give '
                'one vector for each'
            )
    spectra = radial_spectra(images, settings.cutoff)
    return ImageStatistics(
        looks=image_looks(
            images, settings.patch, settings.level, settings.tolerance, settings.saturation
        ),
        pixels=draw_pixels(images, settings.pixels, settings.seed),
        glcm=glcm_features(images, edges, settings.distances),
        power=spectra.power,
        high=spectra.high,
        frequency=spectra.frequency,
        features=found,
    )
