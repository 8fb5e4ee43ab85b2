"""PSNR and SSIM of super-resolution, beside what costs nothing."""

import math
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from rich import box
from rich.table import Table
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.report import as_text, write_json
from mmsar.evaluation.restoration.baselines import Fitted, baseline_images, require_baselines
from mmsar.evaluation.restoration.scores import WINDOW, foreground, psnr, ssim
from mmsar.registry import METRICS

FIGURES = ('PSNR', 'SSIM', 'PSNR_foreground', 'SSIM_foreground')


@METRICS.register_module()
class RestorationMetric(BaseMetric):
    """PSNR and SSIM, whole and on the foreground, beside bicubic, sinc and an all-black image.

    Most of an ISAR image is black, so an all-black image can have a higher PSNR than a good
    enlargement: no figure of a network says anything without that of its foreground, and without
    what the baselines reach on the same images. They are made of the same input: ``bicubic``;
    ``sinc``, zeros around the spectrum; ``black``, the lower end of the range everywhere.

    Figures are means over images. An image without foreground is left out of those of the
    foreground. A sample must have ``gt_img``, ``input`` and ``output.pred_img``, as those of
    :class:`mmsar.RadarRestorer`.

    Args:
        value_range: Of the images: PSNR and SSIM stand on its width, and all values are cut to it.
        foreground_above: Values of the truth above this are foreground. Default: the lower end.
        foreground_db: Or amplitudes within so many dB of the image's largest; for images that were
            stretched linearly from zero, or of which ``decibels`` says what they are.
        decibels: Of the ends of the range, ``low`` and ``high`` of ``StretchSAR(rule='db')``, where
            images are in decibels.
        crop_border: Pixels to leave out at each border.
        baselines: Which to compute.
        fitted: ``dict(bicubic=(gain, offset))``: baselines with the best linear map of their
            values, fitted on training data (``fit_baselines.py``); they are ``bicubic_fitted``.
        out_file: JSON file for all figures, those of each image too.
        prefix: Put before all names. Default: none.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ConfigError: An argument is out of range.
    """

    default_prefix = None

    def __init__(
        self,
        value_range: tuple[float, float] = (0.0, 1.0),
        foreground_above: float | None = None,
        foreground_db: float | None = None,
        decibels: tuple[float, float] | None = None,
        crop_border: int = 0,
        baselines: Sequence[str] = ('bicubic', 'sinc', 'black'),
        fitted: Fitted | None = None,
        out_file: str | os.PathLike[str] | None = None,
        prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix=prefix, **kwargs)
        low, high = value_range
        if not low < high:
            raise ConfigError(f'RestorationMetric: value_range={value_range!r}; give lower, upper')
        if foreground_above is not None and foreground_db is not None:
            raise ConfigError('RestorationMetric: give foreground_above or foreground_db, not both')
        if decibels is not None and not (len(decibels) == 2 and decibels[0] < decibels[1]):
            raise ConfigError(f'RestorationMetric: decibels={decibels!r}; give lower, upper')
        if foreground_db is not None and not (foreground_db > 0 and (low == 0 or decibels)):
            raise ConfigError(
                f'RestorationMetric: foreground_db={foreground_db} must be above zero, and the '
                'value_range begin at zero: decibels are those of amplitudes. Of images in '
                'decibels give decibels=(low, high) of StretchSAR'
            )
        require_baselines(baselines, fitted, 'RestorationMetric')
        if crop_border < 0:
            raise ConfigError(f'RestorationMetric: crop_border={crop_border} is below zero')
        self.value_range = (float(low), float(high))
        self.foreground_above = low if foreground_above is None else foreground_above
        self.foreground_db = foreground_db
        self.crop_border = crop_border
        self.decibels = decibels
        self.baselines = tuple(baselines)
        self.fitted = dict(fitted or {})
        self.out_file = out_file

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Take the figures of a batch (called by mmengine)."""
        self.results += [self.figures_of(sample) for sample in data_samples]

    def figures_of(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Return the figures of an image: ``{name: ..., method: {figure: value}}``."""
        if sample.get('gt_img') is None:
            raise DataError(
                f'{_name(sample)} has no truth to compare with; load key gt in the test pipeline'
            )
        truth = sample['gt_img'].float().cpu().clamp(*self.value_range)
        images = {
            'network': sample['output']['pred_img'].float().cpu(),
            **baseline_images(sample, self.baselines, self.value_range[0], self.fitted),
        }
        for what, image in (('truth', truth), ('prediction', images['network'])):
            if not image.isfinite().all():  # its figures would be no numbers, and be left out
                raise DataError(
                    f'{_name(sample)}: {int((~image.isfinite()).sum())} values of the {what} are '
                    'no numbers; of a prediction: the training diverged, lower its learning rate; '
                    'of a truth: put StretchSAR into the pipeline'
                )
        found: dict[str, Any] = {'name': _name(sample)}
        mask = self.foreground(truth)
        truth, mask = self._crop(truth), self._crop(mask)
        if min(truth.shape[-2:]) < WINDOW:
            raise DataError(
                f'{_name(sample)}: SSIM needs {WINDOW} x {WINDOW} pixels at least, and there are '
                f'{truth.shape[-2]} x {truth.shape[-1]} within crop_border={self.crop_border}'
            )
        width = self.value_range[1] - self.value_range[0]
        for name, image in images.items():
            if image.shape[-2:] != sample['gt_img'].shape[-2:] or len(image) != len(truth):
                raise DataError(
                    f'{_name(sample)}: the prediction is {tuple(image.shape)} (channels, rows, '
                    f'columns) and the truth {tuple(sample["gt_img"].shape)}'
                )
            image = self._crop(image.clamp(*self.value_range))
            found[name] = {
                'PSNR': psnr(image, truth, width),
                'SSIM': ssim(image, truth, width),
                'PSNR_foreground': psnr(image, truth, width, mask),
                'SSIM_foreground': ssim(image, truth, width, mask),
            }
        return found

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Average, log and write (called by mmengine on the main process)."""
        means: dict[str, dict[str, float]] = defaultdict(dict)
        for method in ('network', *self.baselines, *(f'{name}_fitted' for name in self.fitted)):
            for figure in FIGURES:
                means[method][figure] = _mean([found[method][figure] for found in results])
        table = Table('', *FIGURES, box=box.ASCII)
        for method, figures in means.items():
            table.add_row(method, *(f'{figures[figure]:.4f}' for figure in FIGURES))
        print_log(f'\n{as_text(table)}\nmeans of {len(results)} images', logger='current')
        if self.out_file:
            settings = {
                'value_range': self.value_range,
                'foreground_above': None if self.foreground_db else self.foreground_above,
                'foreground_db': self.foreground_db,
                'decibels': self.decibels,
                'fitted': self.fitted,
                'crop_border': self.crop_border,
            }
            content = {'settings': settings, 'means': means, 'images': results}
            write_json(self.out_file, content)
        named: dict[str, float] = {}
        for method, figures in means.items():
            before = '' if method == 'network' else f'{method}/'
            # -1, as SARDetMetric has it: a NaN would spoil the choice of the best checkpoint.
            named |= {before + key: -1.0 if math.isnan(v) else v for key, v in figures.items()}
        return named

    def foreground(self, truth: Tensor) -> Tensor:
        """Return which pixels of a truth (C, H, W) are foreground."""
        if self.foreground_db is None:
            return foreground(truth, self.foreground_above)
        if self.decibels is None:
            return foreground(truth, db=self.foreground_db)
        low, high = self.value_range
        step = (high - low) / (self.decibels[1] - self.decibels[0])
        # What lies at the lower end may be anywhere below
        above = max(low, float(truth.max()) - self.foreground_db * step)
        return (truth >= above) & (truth > low)

    def _crop(self, image: Tensor) -> Tensor:
        n = self.crop_border
        return image[..., n : image.shape[-2] - n, n : image.shape[-1] - n]


def _mean(values: Sequence[float]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else math.nan


def _name(sample: Mapping[str, Any]) -> str:
    return str(sample.get('key') or sample.get('gt_path') or 'an image')
