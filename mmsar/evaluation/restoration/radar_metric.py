"""What radar engineers ask of an enlarged image, of the network, of baselines and of the truth."""

import math
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import NDArray
from rich import box
from rich.table import Table
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.report import as_text, write_json
from mmsar.evaluation.restoration.baselines import Fitted, baseline_images, require_baselines
from mmsar.evaluation.restoration.point_scores import (
    FINE,
    SEPARATED_DB,
    isolated_peaks,
    profile,
    separation_dip,
    sidelobe_level,
    sidelobe_ratios,
    width_3db,
)
from mmsar.evaluation.restoration.radar_scores import (
    image_contrast,
    image_entropy,
    target_to_clutter,
)
from mmsar.registry import METRICS

_REACH = 8  # pixels to either side of a point


@METRICS.register_module()
class RadarImageMetric(BaseMetric):
    """Clutter, focus, width and sidelobes; and whether two points are separated.

    Images are taken from decibels back to amplitudes first. Of every image: ``TCR``, ``entropy``,
    ``contrast``. Of points that stand alone in the truth: ``width_range`` and
    ``width_cross_range`` in pixels, ``PSLR`` and ``ISLR``, and ``peak_error``, how far the
    amplitude there is from the truth's, in dB. Of samples with ``points`` (``PhaseHistoryPairs``,
    kind ``two-points``): ``dip``, ``separated`` (share with a valley of 3 dB) and ``sidelobe``, the
    level away from both, for each separation. See :mod:`mmsar.evaluation.restoration.radar_scores`
    and ``point_scores`` for the formulas. Figures of the truth stand beside: a width below its own
    is invention.

    Means over images; undefined ones (NaN) are left out, and -1 if there is no other.

    Args:
        decibels: Of the ends of the range: ``low`` and ``high`` of ``StretchSAR(rule='db')``.
        value_range: Of the images.
        target_db: The truth within so many dB of its peak is target.
        baselines: Which to compute.
        fitted: See :class:`mmsar.RestorationMetric`.
        out_file: JSON file for all figures, those of each image too.
        prefix: Put before all names. Default: none.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ConfigError: An argument is out of range.
    """

    default_prefix = None

    def __init__(
        self,
        decibels: tuple[float, float],
        value_range: tuple[float, float] = (0.0, 1.0),
        target_db: float = 40.0,
        baselines: Sequence[str] = ('bicubic', 'sinc'),
        fitted: Fitted | None = None,
        out_file: str | os.PathLike[str] | None = None,
        prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix=prefix, **kwargs)
        for name, pair in (('decibels', decibels), ('value_range', value_range)):
            if len(pair) != 2 or not pair[0] < pair[1]:
                raise ConfigError(f'RadarImageMetric: {name}={pair!r}; give lower, upper')
        if not target_db > 0:
            raise ConfigError(f'RadarImageMetric: target_db={target_db} must be above zero')
        require_baselines(baselines, fitted, 'RadarImageMetric')
        self.decibels = decibels
        self.value_range = value_range
        self.target_db = target_db
        self.baselines = tuple(baselines)
        self.fitted = dict(fitted or {})
        self.out_file = out_file

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Take the figures of a batch (called by mmengine)."""
        self.results += [self.figures_of(sample) for sample in data_samples]

    def figures_of(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Return the figures of an image: ``{name: ..., method: {figure: value}}``."""
        key = str(sample.get('key') or sample.get('gt_path') or 'an image')
        if sample.get('gt_img') is None:
            raise DataError(f'{key} has no truth to compare with; load key gt in the test pipeline')
        truth = self.amplitude(sample['gt_img'])
        images = {'network': self.amplitude(sample['output']['pred_img']), 'truth': truth}
        if images['network'].shape != truth.shape:
            raise DataError(
                f'{key}: the prediction is {images["network"].shape} and the truth {truth.shape}'
            )
        enlarged = baseline_images(sample, self.baselines, self.value_range[0], self.fitted)
        images |= {name: self.amplitude(image) for name, image in enlarged.items()}
        target = truth >= truth.max() * 10 ** (-self.target_db / 20)
        points = sample.get('points')
        found: dict[str, Any] = {'name': key}
        for name, image in images.items():
            figures = {
                'TCR': target_to_clutter(image, target),
                'entropy': image_entropy(image),
                'contrast': image_contrast(image),
            }
            if points is None:
                figures |= _of_points(image, truth)
            else:
                lobe = 2.5 * truth.shape[0] / sample['input'].shape[-2]
                dip = separation_dip(image, points)
                group = key.split('_')[0]
                figures |= {
                    f'dip_{group}': dip,
                    f'separated_{group}': float(dip >= SEPARATED_DB),
                    f'sidelobe_{group}': sidelobe_level(image, points, lobe),
                }
            found[name] = figures
        return found

    def amplitude(self, image: Tensor) -> NDArray[np.float64]:
        """Return amplitudes (H, W) of an image (C, H, W) in the network's range, its first band."""
        low, high = self.value_range
        share = (image[0].detach().double().cpu().clamp(low, high).numpy() - low) / (high - low)
        bottom, top = self.decibels
        return 10 ** ((bottom + share * (top - bottom)) / 20)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Average, log and write (called by mmengine on the main process)."""
        values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for found in results:
            for method in found.keys() - {'name'}:
                for figure, value in found[method].items():
                    values[figure][method].append(value)
        means = {
            figure: {method: _mean(numbers) for method, numbers in methods.items()}
            for figure, methods in values.items()
        }
        fitted = (f'{name}_fitted' for name in self.fitted)
        methods = ('network', *self.baselines, *fitted, 'truth')
        table = Table('', *methods, box=box.ASCII)
        for figure, by_method in means.items():
            table.add_row(figure, *(f'{by_method[method]:.3f}' for method in methods))
        print_log(f'\n{as_text(table)}\nmeans of {len(results)} images', logger='current')
        if self.out_file:
            settings = {'decibels': self.decibels, 'target_db': self.target_db}
            content = {'settings': settings, 'means': means, 'images': results}
            write_json(self.out_file, content)
        return {
            ('' if method == 'network' else f'{method}/') + figure: -1.0 if math.isnan(v) else v
            for figure, by_method in means.items()
            for method, v in by_method.items()
        }


def _of_points(image: NDArray[Any], truth: NDArray[Any]) -> dict[str, float]:
    """Return means over the points that stand alone in the truth."""
    values: dict[str, list[float]] = {
        name: [] for name in ('width_range', 'width_cross_range', 'PSLR', 'ISLR', 'peak_error')
    }
    for place in isolated_peaks(truth, distance=_REACH):
        for axis, name in enumerate(('width_range', 'width_cross_range')):
            line = profile(image, place, axis, _REACH)
            # The peak that is meant is the one here, not a stronger one beside it
            near = line[(_REACH - 2) * FINE : (_REACH + 2) * FINE + 1]
            if line.max() > near.max():
                continue
            values[name].append(width_3db(line) / FINE)
            peak, integrated = sidelobe_ratios(line)
            values['PSLR'].append(peak)
            values['ISLR'].append(integrated)
        row, column = place
        part = slice(row - 1, row + 2), slice(column - 1, column + 2)
        values['peak_error'].append(abs(20 * math.log10(image[part].max() / truth[row, column])))
    return {name: _mean(numbers) for name, numbers in values.items()}


def _mean(values: Sequence[float]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else math.nan
