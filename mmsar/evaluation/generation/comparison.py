"""Generated images compared with real ones by all figures."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError
from mmsar.evaluation.generation.amplitude import amplitude_ks, amplitude_wasserstein
from mmsar.evaluation.generation.checks import require_images, require_same_size
from mmsar.evaluation.generation.glcm import glcm_differences, quantisation_edges
from mmsar.evaluation.generation.kernel_distance import kernel_distance
from mmsar.evaluation.generation.looks import set_looks
from mmsar.evaluation.generation.manifold import manifold_overlap
from mmsar.evaluation.generation.naming import Figures, glcm_names, kind_of
from mmsar.evaluation.generation.spectrum import spectrum_distance
from mmsar.evaluation.generation.statistics import (
    Features,
    FidelitySettings,
    ImageStatistics,
    describe,
)
from mmsar.randomness import derive_seed

NO_NETWORK = (
    'KID, precision, recall, density and coverage are left out: they need a trained network for '
    'features, and say nothing with random weights'
)


@dataclass(frozen=True, eq=False)
class GenerationFigures:
    """How a set of generated images compares with real ones.

    Attributes:
        figures: By name; see the page on metrics. NaN where undefined.
        floor: The same between random halves of the real images: what is 0 for so many images. Of
            ratios it is the larger one of r and 1 / r, of signed figures the size. May be empty.
        notes: What the reader must know: what is left out, and why.
        real: Statistics of the real images.
        generated: Of the generated ones.
        settings: How figures were taken.
    """

    figures: Figures
    floor: Figures
    notes: tuple[str, ...]
    real: ImageStatistics
    generated: ImageStatistics
    settings: FidelitySettings

    def as_dict(self) -> dict[str, Any]:
        """Return the figures with what they stand on, for a JSON file."""
        sets = {'real': self.real, 'generated': self.generated}
        return {
            'images': {name: len(part) for name, part in sets.items()},
            'ENL': {name: set_looks(part.looks) for name, part in sets.items()},
            'figures': self.figures,
            'floor': self.floor,
            'notes': list(self.notes),
            'settings': asdict(self.settings),
        }


class Reference:
    """Real images, to compare several sets with.

    Args:
        images: Amplitudes (N, H, W).
        settings: How figures are taken.
        features: What makes features (N, D) of images (N, H, W) with a trained network, or the
            features of these images; None: figures of features are left out.
        names: Of the images, for messages.

    Attributes:
        statistics: Of the images.
        floor: See :class:`GenerationFigures`.

    Raises:
        DataError: The images are no set of amplitude images.
    """

    def __init__(
        self,
        images: NDArray[Any],
        settings: FidelitySettings | None = None,
        features: Features | NDArray[Any] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        require_images(images, 'real images', names)
        self.settings = settings or FidelitySettings()
        self.features = features
        self.shape = images.shape[1:]
        self.edges = quantisation_edges(images, self.settings.levels)
        self.statistics = describe(images, self.edges, self.settings, features)
        self.floor, self.floor_notes = sampling_floor(self.statistics, self.settings)

    def describe(
        self,
        images: NDArray[Any],
        features: NDArray[Any] | None = None,
        names: Sequence[str] | None = None,
        what: str = 'generated images',
        saturation: float | None = None,
    ) -> ImageStatistics:
        """Take the statistics of generated images.

        Args:
            images: Amplitudes (M, H, W), in the unit of the real ones.
            features: Of them, if those of the reference were not given as a function.
            names: For messages.
            what: Likewise.
            saturation: Where they are cut, if elsewhere than the settings say.

        Raises:
            DataError: They are no such set, or of another size than the real ones.
        """
        require_images(images, what, names)
        require_same_size(np.empty((1, *self.shape)), images)
        network = self.features if callable(self.features) else features
        settings = replace(self.settings, saturation=saturation or self.settings.saturation)
        return describe(images, self.edges, settings, network)

    def compare(self, generated: ImageStatistics) -> GenerationFigures:
        """Compare a set with the real images."""
        return compare_statistics(
            self.statistics, generated, self.settings, self.floor, self.floor_notes
        )


def compare_images(
    real: NDArray[Any],
    generated: NDArray[Any],
    features: Features | None = None,
    settings: FidelitySettings | None = None,
) -> GenerationFigures:
    """Compare generated radar images with real ones.

    Args:
        real: Amplitudes (N, H, W), at the sensor's own sampling.
        generated: Amplitudes (M, H, W), in the same unit.
        features: Makes features (N, D) of images (N, H, W), by a trained network
            (:class:`mmsar.evaluation.generation.feature_network.FeatureNetwork`). Without, figures
            of features are left out.
        settings: Default: those of :class:`FidelitySettings`.

    Raises:
        DataError: A set is none of amplitude images, or sizes differ.
    """
    reference = Reference(real, settings, features)
    return reference.compare(reference.describe(generated))


def compare_statistics(
    real: ImageStatistics,
    generated: ImageStatistics,
    settings: FidelitySettings,
    floor: Figures | None = None,
    floor_notes: Sequence[str] = (),
) -> GenerationFigures:
    """Compare two sets of which all is known already; such as those of one class."""
    notes = list(floor_notes)
    for name, part in (('real', real), ('generated', generated)):
        without = int(np.isnan(part.looks).sum())
        if without:
            notes.append(f'{without} of {len(part)} {name} images have no homogeneous patch')
    if real.features is None or generated.features is None:
        notes.append(NO_NETWORK)
    figures = figures_between(real, generated, settings)
    return GenerationFigures(figures, floor or {}, tuple(notes), real, generated, settings)


def figures_between(
    real: ImageStatistics, generated: ImageStatistics, settings: FidelitySettings
) -> Figures:
    """Return all figures by name."""
    seed = settings.seed
    differences = glcm_differences(real.glcm, generated.glcm)
    figures = {
        'ENL_ratio': set_looks(generated.looks) / set_looks(real.looks),
        'amplitude_KS': amplitude_ks(real.pixels, generated.pixels, settings.pixels, seed),
        'amplitude_Wasserstein': amplitude_wasserstein(
            real.pixels, generated.pixels, settings.pixels, seed
        ),
        'GLCM': float(np.abs(differences).mean()),
        'spectrum_dB': spectrum_distance(real.power, generated.power),
        'high_frequency_ratio': float(generated.high.mean() / real.high.mean()),
    }
    if real.features is not None and generated.features is not None:
        pair = real.features, generated.features
        distance = kernel_distance(*pair, settings.subsets, settings.subset_size, seed)
        figures |= {'KID': distance.mean, 'KID_error': distance.standard_error}
        figures |= manifold_overlap(
            *pair, settings.neighbours, settings.density_neighbours, seed
        )._asdict()
    names = glcm_names(settings.distances)
    return figures | dict(zip(names, differences.ravel().tolist(), strict=True))


def sampling_floor(
    real: ImageStatistics, settings: FidelitySettings
) -> tuple[Figures, tuple[str, ...]]:
    """Return the figures between random halves of the real images, means over several splits.

    Returns:
        The figures (see :class:`GenerationFigures`), empty if the halves are too small for them;
        and notes.
    """
    if not settings.splits:
        return {}, ()
    rng = np.random.default_rng(derive_seed('halves', settings.seed))
    found = []
    try:
        for _ in range(settings.splits):
            order = rng.permutation(len(real))
            half = len(real) // 2
            pair = real.part(order[:half]), real.part(order[half : 2 * half])
            found.append(figures_between(*pair, settings))
    except DataError as error:
        return {}, (f'no sampling floor: half of {len(real)} real images: {error}',)
    return {name: _size(name, [part[name] for part in found]) for name in found[0]}, ()


def _size(name: str, values: list[float]) -> float:
    kind = kind_of(name).kind
    if kind == 'ratio':
        return math.exp(float(np.mean(np.abs(np.log(values)))))
    if kind in ('distance', 'difference'):
        return float(np.mean(np.abs(values)))
    return float(np.mean(values))
