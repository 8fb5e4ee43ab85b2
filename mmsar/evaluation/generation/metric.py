"""Figures of the images that a network generates."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.generation.comparison import (
    GenerationFigures,
    Reference,
    compare_statistics,
)
from mmsar.evaluation.generation.naming import KINDS
from mmsar.evaluation.generation.picture import draw_comparison
from mmsar.evaluation.generation.samples import (
    SampledImages,
    generated_images,
    generated_sample,
    read_reference,
    to_amplitude,
)
from mmsar.evaluation.generation.statistics import FidelitySettings, ImageStatistics
from mmsar.evaluation.generation.table import format_table
from mmsar.evaluation.report import write_json
from mmsar.registry import METRICS


@METRICS.register_module()
class SARGenerationMetric(BaseMetric):
    """Speckle, amplitudes, texture, spectra, and features, of generated images beside real ones.

    A sample must have ``output.pred_img`` (or ``pred_img``), (C, H, W) with one grey value in all
    channels; with ``gt_label`` there are figures of each class, too, where the reference has
    classes. Images are compared at their own sampling, so both sets must have one size.

    All figures are in the page on metrics. Beside them stand those between random halves of the
    real images: what no generator can be expected to beat on so many.

    Args:
        reference: Real images: a folder, or the config of a data set whose samples have ``img``,
            (H, W, C), or ``inputs``, (C, H, W), in ``value_range``.
        value_range: Of generated and real images; values are cut to it.
        domain: What values are proportional to from its lower end, ``amplitude`` or ``intensity``.
        decibels: Of the ends of the range, ``low`` and ``high`` of ``StretchSAR(rule='db')``, where
            images are in decibels.
        stretch: For a folder: arguments of :class:`mmsar.StretchSAR`, how its values come to
            ``value_range``. Default: ``dict(rule='8bit')``.
        features: Arguments of :class:`mmsar.evaluation.generation.feature_network.FeatureNetwork`,
            ``config`` and ``checkpoint``. Without, there are no KID, precision and recall.
        settings: Arguments of
            :class:`mmsar.evaluation.generation.statistics.FidelitySettings`.
        classwise: Figures of each class; needs two images of it on both sides.
        out_file: JSON file for all figures, the sampling floor, notes and settings.
        picture: PNG file: chips, amplitudes, spectra and texture side by side.
        prefix: Put before all names. Default: none.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ConfigError: An argument is out of range.
    """

    default_prefix = None

    def __init__(
        self,
        reference: str | Mapping[str, Any],
        value_range: tuple[float, float] = (0.0, 1.0),
        domain: str = 'amplitude',
        decibels: tuple[float, float] | None = None,
        stretch: Mapping[str, Any] | None = None,
        features: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        classwise: bool = True,
        out_file: str | os.PathLike[str] | None = None,
        picture: str | os.PathLike[str] | None = None,
        prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix=prefix, **kwargs)
        for name, pair in (('value_range', value_range), ('decibels', decibels)):
            if pair is not None and (len(pair) != 2 or not pair[0] < pair[1]):
                raise ConfigError(f'SARGenerationMetric: {name}={pair!r}; give lower, upper')
        if domain not in ('amplitude', 'intensity') or (decibels and domain != 'amplitude'):
            raise ConfigError(
                f'SARGenerationMetric: domain={domain!r}; choose amplitude or intensity, or give '
                'decibels=(low, high) alone'
            )
        if stretch is not None and not isinstance(reference, str):
            raise ConfigError(
                'SARGenerationMetric: stretch is for a folder; put mmsar.StretchSAR into the '
                'pipeline of reference'
            )
        top = 1.0 if decibels is None else 10 ** (decibels[1] / 20)
        try:
            self.settings = FidelitySettings(**{'saturation': top, **(settings or {})})
        except TypeError as error:
            raise ConfigError(f'SARGenerationMetric: settings: {error}') from error
        self.reference, self.stretch = reference, stretch
        self.value_range, self.domain, self.decibels = value_range, domain, decibels
        self.classwise, self.out_file, self.picture = classwise, out_file, picture
        self.network = None
        if features is not None:
            # Networks take a second to import.
            from mmsar.evaluation.generation.feature_network import FeatureNetwork

            self.network = FeatureNetwork(value_range=value_range, **features)
        self._real: tuple[SampledImages, NDArray[np.float32], Reference] | None = None

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the images of a batch (called by mmengine)."""
        self.results += [generated_sample(sample) for sample in data_samples]

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Compare, log and write (called by mmengine on the main process)."""
        generated = generated_images(results, (self.dataset_meta or {}).get('classes'))
        real, amplitudes, reference = self._read_reference()
        of_generated = self._amplitude(generated)
        found = reference.describe(of_generated, self._features(generated.images), generated.names)
        whole = reference.compare(found)
        classes: dict[str, GenerationFigures] = {}
        notes = list(whole.notes)
        if self.classwise:
            classes, missing = compare_classes(real, generated, whole)
            notes += missing
        table = format_table({'generated': whole.figures}, whole.floor)
        if classes:
            columns = {name: part.figures for name, part in classes.items()}
            table += '\n' + format_table(columns, {}, 'by class', short=True)
        counts = f'{len(generated.images)} generated images, {len(real.images)} real ones'
        print_log('\n'.join(['', table, counts, *notes]), logger='current')
        if self.out_file:
            by_class = {name: part.as_dict()['figures'] for name, part in classes.items()}
            write_json(self.out_file, {**whole.as_dict(), 'notes': notes, 'by_class': by_class})
        if self.picture:
            sets = {
                'real': (amplitudes, reference.statistics),
                'generated': (of_generated, found),
            }
            draw_comparison(self.picture, sets, self.settings)
        named = dict(whole.figures)
        for name, part in classes.items():
            named |= {f'{name}/{key}': v for key, v in part.figures.items() if key in KINDS}
        # Of these only ratios of looks can be undefined. A NaN would spoil the choice of the best.
        return {name: -1.0 if value != value else value for name, value in named.items()}

    def _read_reference(self) -> tuple[SampledImages, NDArray[np.float32], Reference]:
        if self._real is None:
            real = read_reference(self.reference, self.value_range, self.stretch)
            amplitudes = self._amplitude(real)
            network = self._features(real.images)
            found = Reference(amplitudes, self.settings, network, real.names)
            self._real = real, amplitudes, found
        return self._real

    def _features(self, images: NDArray[np.float32]) -> NDArray[np.float32] | None:
        if self.network is None or not np.isfinite(images).all():  # the latter is refused later on
            return None
        return self.network(images)

    def _amplitude(self, images: SampledImages) -> NDArray[np.float32]:
        return to_amplitude(images.images, self.value_range, self.domain, self.decibels)


def compare_classes(
    real: SampledImages, generated: SampledImages, whole: GenerationFigures
) -> tuple[dict[str, GenerationFigures], list[str]]:
    """Compare the images of each class.

    Args:
        real: With their classes, or without.
        generated: Likewise.
        whole: Of all images.

    Returns:
        By class, empty unless both have classes; and notes on classes that are left out.
    """
    if real.classes is None or generated.classes is None:
        return {}, []
    found, notes = {}, []
    for name in dict.fromkeys([*sorted(set(real.classes)), *sorted(set(generated.classes))]):
        parts: list[ImageStatistics] = [
            statistics.part(np.array([label == name for label in images.classes or ()]))
            for statistics, images in ((whole.real, real), (whole.generated, generated))
        ]
        try:
            if min(map(len, parts)) < 2:
                raise DataError(f'{len(parts[0])} real and {len(parts[1])} generated images')
            found[name] = compare_statistics(parts[0], parts[1], whole.settings)
        except DataError as error:
            notes.append(f'no figures of class {name}: {error}')
    return found, notes
