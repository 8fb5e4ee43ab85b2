"""What costs nothing: enlargements without training, and an all-black image."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.simulation.bicubic import bicubic_tensor
from mmsar.simulation.spectrum import pad_spectrum

Fitted = Mapping[str, Sequence[float]]


def baseline_images(
    sample: Mapping[str, Any],
    names: Sequence[str],
    black: float,
    fitted: Fitted | None = None,
) -> dict[str, Tensor]:
    """Return what baselines make of an input.

    Args:
        sample: With ``input`` and ``gt_img``; ``sinc``, (H, W, C), if the data set knows the
            complex spectrum: without it, zeros are put around the spectrum of the input's values.
        names: Of :data:`BASELINES`.
        black: Lower end of the range.
        fitted: By name, gain and offset that the values get; those are ``NAME_fitted``.

    Returns:
        By name, (C, H, W).
    """
    low, truth = sample['input'].float().cpu(), sample['gt_img']
    if len(low) != len(truth):  # as SSNet has it
        low = low.mean(0, keepdim=True).expand(len(truth), -1, -1)
    images = {}
    for name in names:
        ready = sample.get('sinc') if name == 'sinc' else None
        if ready is not None:
            image = torch.as_tensor(ready).float().permute(2, 0, 1)
            if image.shape[-2:] != truth.shape[-2:]:
                raise DataError(
                    f'sinc has {tuple(image.shape[-2:])} pixels and the truth '
                    f'{tuple(truth.shape[-2:])}: crop after testing, or leave out sinc in the data'
                )
        else:
            image = BASELINES[name](low, truth, black)
        images[name] = image
    for name, (gain, offset) in (fitted or {}).items():
        images[f'{name}_fitted'] = gain * images[name] + offset
    return images


def require_baselines(names: Sequence[str], fitted: Fitted | None, owner: str) -> None:
    """Check the arguments of a metric.

    Raises:
        ConfigError: There is no such baseline, or a fit is not that of one.
    """
    unknown = [name for name in names if name not in BASELINES]
    if unknown:
        raise ConfigError(
            f'{owner}: baselines has no {unknown[0]!r}; it has {", ".join(BASELINES)}'
        )
    for name, pair in (fitted or {}).items():
        if name not in names or len(pair) != 2:
            raise ConfigError(
                f'{owner}: fitted has {name}={pair!r}; give (gain, offset) of one of '
                f'baselines={tuple(names)}'
            )


def _bicubic(low: Tensor, truth: Tensor, black: float) -> Tensor:
    height, width = truth.shape[-2:]
    return bicubic_tensor(low[None], (height, width))[0]


def _sinc(low: Tensor, truth: Tensor, black: float) -> Tensor:
    scale = truth.shape[-1] // low.shape[-1]
    pixels = pad_spectrum(low.permute(1, 2, 0).numpy(), scale)
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _black(low: Tensor, truth: Tensor, black: float) -> Tensor:
    return torch.full(truth.shape, black)


# By name: what makes an image like the truth of the input, and of the lower end of the range
BASELINES: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    'bicubic': _bicubic,
    'sinc': _sinc,
    'black': _black,
}
