"""PSNR and SSIM of float images, on the whole image and on its foreground."""

import torch
from torch import Tensor
from torch.nn import functional

from mmsar.errors import DataError

BEST_PSNR = 100.0  # of images without a difference, so that a mean stays a number
WINDOW, _SIGMA = 11, 1.5  # of SSIM
_K1, _K2 = 0.01, 0.03


def foreground(truth: Tensor, above: float | None = None, db: float | None = None) -> Tensor:
    """Return where an image shows something.

    Args:
        truth: (C, H, W).
        above: Values above this are foreground.
        db: Or amplitudes within so many decibels of the image's largest are.

    Returns:
        (C, H, W), bool.
    """
    if db is not None:
        above = float(truth.max()) * 10 ** (-db / 20)
        return (truth >= above) & (truth > 0)
    return truth > (0.0 if above is None else above)


def psnr(pred: Tensor, truth: Tensor, data_range: float, mask: Tensor | None = None) -> float:
    """Return the peak signal-to-noise ratio in dB, at most 100.

    Args:
        pred: (C, H, W).
        truth: The same shape.
        data_range: Of the values, which is the peak.
        mask: The same shape: pixels that count. Default: all.

    Returns:
        NaN if no pixel counts.
    """
    squares = (pred.double() - truth.double()).square()
    error = float(squares.mean() if mask is None else squares[mask].mean())
    if error != error:
        return error
    least = data_range**2 * 10 ** (-BEST_PSNR / 10)
    return float(10 * torch.log10(torch.tensor(data_range**2 / max(error, least)).double()))


def ssim_map(pred: Tensor, truth: Tensor, data_range: float) -> Tensor:
    """Return the structural similarity around each pixel that has a whole window.

    Wang et al., IEEE TIP 2004: Gaussian window of 11 pixels, sigma 1.5, K 0.01 and 0.03.

    Args:
        pred: (C, H, W).
        truth: The same shape.
        data_range: Of the values.

    Returns:
        (C, H - 10, W - 10), float64.

    Raises:
        DataError: The images are smaller than the window.
    """
    if min(truth.shape[-2:]) < WINDOW:
        raise DataError(
            f'SSIM needs images of {WINDOW} x {WINDOW} pixels at least, not '
            f'{truth.shape[-2]} x {truth.shape[-1]}'
        )
    x, y = pred.double(), truth.double()
    maps = torch.stack([x, y, x * x, y * y, x * y])
    mean_x, mean_y, xx, yy, xy = _smooth(maps)
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    covariance = xy - mean_x * mean_y
    variances = xx - mean_x.square() + yy - mean_y.square()
    return ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x.square() + mean_y.square() + c1) * (variances + c2)
    )


def ssim(pred: Tensor, truth: Tensor, data_range: float, mask: Tensor | None = None) -> float:
    """Return the mean of :func:`ssim_map`, over the pixels that count; NaN if none does."""
    values = ssim_map(pred, truth, data_range)
    if mask is None:
        return float(values.mean())
    border = WINDOW // 2
    return float(values[mask[..., border:-border, border:-border]].mean())


def _smooth(maps: Tensor) -> Tensor:
    """Filter (M, C, H, W) by the window; only where it lies inside."""
    places = torch.arange(WINDOW, dtype=maps.dtype, device=maps.device) - WINDOW // 2
    kernel = (-(places**2) / (2 * _SIGMA**2)).exp()
    kernel = kernel / kernel.sum()
    m, c, h, w = maps.shape
    rows = functional.conv2d(maps.reshape(m * c, 1, h, w), kernel.view(1, 1, -1, 1))
    both = functional.conv2d(rows, kernel.view(1, 1, 1, -1))
    return both.view(m, c, *both.shape[-2:])
