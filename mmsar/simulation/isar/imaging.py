"""From the spectrum of a scene to its image.

Pixels are little areas, as networks see them: pixel i of N lies at ``(i - (N - 1) / 2) * extent /
N``. So images of one extent fit onto one another, whatever their number of pixels: the centre of
pixel i of a coarse image lies at ``(i + 1/2) * scale - 1/2`` of the fine one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.simulation.isar.spectrum import SceneSpectrum
from mmsar.simulation.spectrum import WINDOWS, window_weights

LEVELS = ('peak', 'energy')


def form_image(
    spectrum: SceneSpectrum,
    size: tuple[int, int] | None = None,
    window: str = 'none',
    level: str = 'peak',
) -> NDArray[Any]:
    """Form an image by the inverse Fourier transform.

    Args:
        spectrum: Samples.
        size: Rows (range) and columns (cross-range) of the image, at least those of the spectrum:
            more pixels interpolate. Default: those of the spectrum.
        window: Weights of the samples: ``none``, ``hamming`` or ``taylor`` (nbar 4, -35 dB).
        level: ``peak``: a point of amplitude a has that amplitude in the image, at any resolution.
            ``energy``: images of a part of the spectrum are darker by the root of its share, so
            that areas of speckle keep their mean intensity.

    Returns:
        (rows, columns), complex, in the precision of the spectrum. Its phase is that of the band
        moved to zero.

    Raises:
        ConfigError: A name is unknown, or the image is too small.
    """
    if level not in LEVELS:
        raise ConfigError(f'form_image: level={level!r}; choose one of {", ".join(LEVELS)}')
    if window not in WINDOWS:
        raise ConfigError(f'form_image: window={window!r}; choose one of {", ".join(WINDOWS)}')
    values = spectrum.values
    size = size or values.shape
    if any(n < m for n, m in zip(size, values.shape, strict=True)):
        raise ConfigError(
            f'form_image: an image of size={size[0]} x {size[1]} pixels cannot hold the '
            f'{values.shape[0]} x {values.shape[1]} samples of the spectrum'
        )
    before, after = [], []
    for pixels, samples in zip(size, values.shape, strict=True):
        # Both axes are centred: (k - a) (i - b) = k i - k b - a i + a b
        a, b = (samples - 1) / 2, (pixels - 1) / 2
        turn = 2j * np.pi / pixels
        weights = window_weights(window, samples) / samples
        before.append(weights * np.exp(-turn * b * (np.arange(samples) - a)))
        after.append(pixels * np.exp(-turn * a * np.arange(pixels)))
    kind = values.dtype
    result = np.fft.ifft2(values * np.outer(*before).astype(kind), size)
    result = result.astype(kind, copy=False) * np.outer(*after).astype(kind)
    return result * kind.type(np.sqrt(spectrum.area)) if level == 'energy' else result


def pixel_axis(extent: float, pixels: int) -> NDArray[np.float64]:
    """Return where the centres of pixels lie, in metres, of an image of this extent."""
    return (np.arange(pixels, dtype=np.float64) - (pixels - 1) / 2) * (extent / pixels)
