"""The gradient by ratio at several scales, the target of SARATR-X."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmsar.errors import ConfigError, DataError
from mmsar.io import Window
from mmsar.registry import MODELS

# On a CPU images are worked on in tiles: what a tile needs fits the cache, and PyTorch divides no
# operation on it among threads (it does from 32,768 values on), which would wait for one another at
# each of the small operations. So the tiles are divided among threads.
_TILE_VALUES = 2**15
_TILE_WIDTH = 256


@MODELS.register_module()
class GradientFeatures(nn.Module):
    """Strength of the gradient by ratio, which speckle does not raise where the scene is bright.

    For radius r, the sums over the two halves of a window of 2r + 1 pixels a side are compared.
    Both halves contain the centre line, and the image is mirrored at its border::

        P = reflect_pad(x, r) + eps
        g_x = ln(sum of P over columns -r..0 / sum over columns 0..r)
        g_y = ln(sum of P over rows -r..0 / sum over rows 0..r)
        feature = sqrt(g_x^2 + g_y^2)

    The sums come from integral images that all radii share, in float64: the result is that of a
    float64 convolution, rounded to float32, with autocast or without.

    Source: Li et al., SARATR-X: Toward Building a Foundation Model for SAR Target Recognition,
    IEEE Transactions on Image Processing 34, 2025, doi 10.1109/TIP.2025.3531988. Its code calls
    the radius the size of the kernel.

    Args:
        radii: Of the windows, in pixels; each is a scale.
        eps: Added to the image. It belongs to values in 0 to 1: map others there first.

    Attributes:
        maps_per_channel: Maps that each channel of the image gives.
        stride: Pixels of the image, along each side, for one value of a map.
        map_names: Names of the maps of one channel.

    Raises:
        ConfigError: A radius is below 1, there is none, or ``eps`` is not above 0.
    """

    def __init__(self, radii: Sequence[int] = (9, 13, 17), eps: float = 0.01) -> None:
        super().__init__()
        if not isinstance(radii, Sequence) or not radii or min(radii) < 1:
            raise ConfigError(f'GradientFeatures: radii={radii}; give a list, each at least 1')
        if not eps > 0:
            raise ConfigError(f'GradientFeatures: eps={eps}; give a number above 0')
        self.radii = tuple(radii)
        self.eps = eps
        self.maps_per_channel = len(self.radii)
        self.stride = 1
        self.map_names = tuple(f'radius {radius}' for radius in self.radii)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Compute the features.

        Args:
            images: (N, C, H, W), in 0 to 1.

        Returns:
            (N, S * C, H, W), float32, for S radii; the maps of the first radius come first.

        Raises:
            DataError: The images are smaller than the largest radius + 1, or (checked on a CPU)
                have negative values.
        """
        count, channels, height, width = images.shape
        self._check(images)
        reach = max(self.radii)
        with torch.autocast(images.device.type, enabled=False):
            flat = images.reshape(-1, 1, height, width)
            padded = functional.pad(flat, (reach,) * 4, mode='reflect')[:, 0]
            result = torch.empty((len(flat), len(self.radii), height, width), device=images.device)
            if images.device.type == 'cpu':
                self._in_tiles(padded, result)
            else:
                self._features(padded, result)
        maps = result.reshape(count, channels, len(self.radii), height, width)
        return maps.transpose(1, 2).reshape(count, -1, height, width)

    @torch.compiler.disable
    def _in_tiles(self, padded: Tensor, result: Tensor) -> None:
        """Fill ``result`` as :meth:`_features` does, with as many threads as PyTorch has."""
        reach = max(self.radii)
        count, _, height, width = result.shape
        jobs = [
            (image, tile) for image in range(count) for tile in _tiles(height, width, 2 * reach + 1)
        ]
        inference = torch.is_inference_mode_enabled()

        def work(mine: list[tuple[int, Window]]) -> None:
            # These modes are those of a thread.
            with torch.inference_mode(inference), torch.no_grad():
                for image, (row, column, rows, columns) in mine:
                    some, bottom, right = slice(image, image + 1), row + rows, column + columns
                    self._features(
                        padded[some, row : bottom + 2 * reach, column : right + 2 * reach],
                        result[some, :, row:bottom, column:right],
                    )

        workers = min(torch.get_num_threads(), len(jobs))
        if workers < 2:
            work(jobs)
            return
        with ThreadPoolExecutor(workers) as pool:
            # A list, so that errors come out.
            list(pool.map(work, [jobs[first::workers] for first in range(workers)]))

    def _features(self, padded: Tensor, result: Tensor) -> None:
        """Fill ``result`` (B, S, h, w) from images (B, h + 2 reach, w + 2 reach)."""
        height, width = result.shape[2:]
        reach = max(self.radii)
        table = _integral(padded, self.eps)
        for scale, r in enumerate(self.radii):
            window, first = 2 * r + 1, reach - r
            part = table[:, first : first + height + window, first : first + width + window]
            # A half moved by r pixels is the other half, so each sum serves twice.
            tall = _window_sums(_window_sums(part, 1, window), 2, r + 1)
            across = (tall[:, :, :width] / tall[:, :, r:]).log_()
            wide = _window_sums(_window_sums(part, 1, r + 1), 2, window)
            along = (wide[:, :height] / wide[:, r:]).log_()
            result[:, scale] = across.square_().addcmul_(along, along).sqrt_()

    def _check(self, images: Tensor) -> None:
        height, width = images.shape[2:]
        if min(height, width) <= max(self.radii):
            raise DataError(
                f'GradientFeatures: images of {height} x {width} pixels are too small for '
                f'radii={self.radii}; give images of at least {max(self.radii) + 1}, or smaller '
                'radii'
            )
        # On a GPU the check would wait for it; the logarithm gives NaN there.
        if images.device.type == 'cpu' and images.numel() and not images.min() >= 0:
            raise DataError(
                f'GradientFeatures: the images have values down to {images.min():g}; a ratio needs '
                'values in 0 to 1: set mean=0 and the highest value as std in the data '
                'preprocessor, and clip what bicubic resampling overshoots (mmsar.RandomContrast)'
            )

    def extra_repr(self) -> str:
        """Return the arguments."""
        return f'radii={self.radii}, eps={self.eps}'


def _tiles(height: int, width: int, margin: int) -> list[Window]:
    """Cover an image with tiles that, with a margin, have at most ``_TILE_VALUES`` values.

    With very large margins they have more.
    """
    columns = -(-width // -(-width // _TILE_WIDTH))
    rows = max(_TILE_VALUES // (columns + margin) - margin, 32)
    rows = -(-height // -(-height // rows))  # of like sizes
    return [
        Window(row, column, min(rows, height - row), min(columns, width - column))
        for row in range(0, height, rows)
        for column in range(0, width, columns)
    ]


def _integral(images: Tensor, offset: float) -> Tensor:
    """Return (B, h + 1, w + 1), float64: sums of images (B, h, w) + offset above and left."""
    count, height, width = images.shape
    table = images.new_zeros((count, height + 1, width + 1), dtype=torch.float64)
    inner = table[:, 1:, 1:]
    inner.copy_(images).add_(offset).cumsum_(-1).cumsum_(-2)
    return table


def _window_sums(table: Tensor, axis: int, length: int) -> Tensor:
    """Return sums over ``length`` neighbours along an axis, from their running sums."""
    count = table.shape[axis] - length
    return table.narrow(axis, length, count) - table.narrow(axis, 0, count)
