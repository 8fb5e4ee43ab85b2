"""PSNR and SSIM of super-resolution, beside what costs nothing."""

import math
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from rich import box
from rich.table import Table
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.report import as_text, write_json
from mmsar.evaluation.restoration.scores import WINDOW, foreground, psnr, ssim
from mmsar.registry import METRICS
from mmsar.simulation.bicubic import bicubic_tensor
from mmsar.simulation.spectrum import pad_spectrum

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
            stretched linearly from zero.
        crop_border: Pixels to leave out at each border.
        baselines: Which to compute.
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
        crop_border: int = 0,
        baselines: Sequence[str] = ('bicubic', 'sinc', 'black'),
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
        if foreground_db is not None and not (foreground_db > 0 and low == 0):
            raise ConfigError(
                f'RestorationMetric: foreground_db={foreground_db} must be above zero, and the '
                'value_range begin at zero: decibels are those of amplitudes'
            )
        unknown = [name for name in baselines if name not in BASELINES]
        if unknown:
            raise ConfigError(
                f'RestorationMetric: baselines has no {unknown[0]!r}; it has {", ".join(BASELINES)}'
            )
        if crop_border < 0:
            raise ConfigError(f'RestorationMetric: crop_border={crop_border} is below zero')
        self.value_range = (float(low), float(high))
        self.foreground_above = low if foreground_above is None else foreground_above
        self.foreground_db = foreground_db
        self.crop_border = crop_border
        self.baselines = tuple(baselines)
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
        images = {'network': sample['output']['pred_img'].float().cpu()}
        low = sample['input'].float().cpu()
        for what, image in (('truth', truth), ('prediction', images['network'])):
            if not image.isfinite().all():  # its figures would be no numbers, and be left out
                raise DataError(
                    f'{_name(sample)}: {int((~image.isfinite()).sum())} values of the {what} are '
                    'no numbers; of a prediction: the training diverged, lower its learning rate; '
                    'of a truth: put StretchSAR into the pipeline'
                )
        if len(low) != len(truth):  # as SSNet has it
            low = low.mean(0, keepdim=True).expand(len(truth), -1, -1)
        for name in self.baselines:
            images[name] = BASELINES[name](low, truth, self.value_range[0])
        found: dict[str, Any] = {'name': _name(sample)}
        mask = foreground(
            truth, None if self.foreground_db else self.foreground_above, self.foreground_db
        )
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
        for method in ('network', *self.baselines):
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

    def _crop(self, image: Tensor) -> Tensor:
        n = self.crop_border
        return image[..., n : image.shape[-2] - n, n : image.shape[-1] - n]


def _bicubic(low: Tensor, truth: Tensor, black: float) -> Tensor:
    height, width = truth.shape[-2:]
    return bicubic_tensor(low[None], (height, width))[0]


def _sinc(low: Tensor, truth: Tensor, black: float) -> Tensor:
    scale = truth.shape[-1] // low.shape[-1]
    pixels = pad_spectrum(low.permute(1, 2, 0).numpy(), scale)
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _black(low: Tensor, truth: Tensor, black: float) -> Tensor:
    return torch.full_like(truth, black)


# By name: what makes an image like the truth of the input, and of the lower end of the range
BASELINES: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    'bicubic': _bicubic,
    'sinc': _sinc,
    'black': _black,
}


def _mean(values: Sequence[float]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else math.nan


def _name(sample: Mapping[str, Any]) -> str:
    return str(sample.get('key') or sample.get('gt_path') or 'an image')
