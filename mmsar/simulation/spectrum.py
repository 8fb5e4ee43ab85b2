"""Lower and higher resolution by the spectrum of an image, as a radar has it.

The bandwidth and the aperture of a radar are the extents of the image's spectrum. Its central part
is what a radar of less bandwidth and a shorter aperture would have measured; zeros around it
interpolate without adding anything. Pixels are little areas here, as networks see them: the centre
of pixel i of a coarse image lies at ``(i + 1/2) * scale - 1/2`` of the fine one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError

LEVELS = ('mean', 'energy', 'peak')
WINDOWS = ('none', 'hamming', 'taylor')
_TAYLOR = (4, 35.0)  # nbar, sidelobes below the peak in dB


def cut_spectrum(
    image: NDArray[Any], scale: int, window: str = 'none', level: str = 'mean'
) -> NDArray[Any]:
    """Lower the resolution: keep the central part of the spectrum.

    Args:
        image: (H, W, C), real or complex; H and W are multiples of ``scale``. It is taken as
            periodic.
        scale: A whole number.
        window: Weights of the part that is kept: ``none``, ``hamming`` or ``taylor`` (nbar 4,
            -35 dB); 1 on average.
        level: What stays the same: ``mean``, of all values (for images without phase); ``energy``,
            that of areas of speckle; ``peak``, the amplitude of single points. A point falls with
            the mean kept to 1 / scale**2 of its amplitude, an area with the peak kept rises by
            scale.

    Returns:
        (H / scale, W / scale, C), float32 or complex64.

    Raises:
        DataError: The size is no multiple of the scale, or a name is unknown.
    """
    for name, value, choices in (('window', window, WINDOWS), ('level', level, LEVELS)):
        if value not in choices:
            raise DataError(f'{name}={value!r}: choose one of {", ".join(choices)}')
    height, width = image.shape[:2]
    if height % scale or width % scale:
        raise DataError(f'an image of {height} x {width} pixels is no multiple of scale={scale}')
    size = (height // scale, width // scale)
    spectrum = np.fft.fft2(image, axes=(0, 1))
    for axis in (0, 1):
        part = _central(spectrum, size[axis], axis)
        factor = _phases(size[axis], image.shape[axis], (scale - 1) / 2)
        factor = factor * np.fft.ifftshift(window_weights(window, size[axis]))
        spectrum = part * _along(factor, axis)
    divisor = {'mean': scale**2, 'energy': scale, 'peak': 1}[level]
    result = np.fft.ifft2(spectrum, axes=(0, 1)) / divisor
    return _as_input(result, image)


def pad_spectrum(image: NDArray[Any], scale: int) -> NDArray[Any]:
    """Interpolate by zeros around the spectrum (sinc interpolation).

    Args:
        image: (H, W, C), real or complex; taken as periodic.
        scale: A whole number.

    Returns:
        (scale * H, scale * W, C), float32 or complex64; its mean is that of the image.
    """
    spectrum = np.fft.fft2(image, axes=(0, 1))
    for axis in (0, 1):
        old = image.shape[axis]
        spectrum = spectrum * _along(_phases(old, old, -(scale - 1) / (2 * scale)), axis)
        spectrum = _surrounded(spectrum, old * scale, axis)
    return _as_input(np.fft.ifft2(spectrum, axes=(0, 1)) * scale**2, image)


def _frequencies(size: int) -> NDArray[np.int64]:
    """Return the frequencies in the order of the FFT, in cycles over the image."""
    return np.fft.ifftshift(np.arange(-(size // 2), size - size // 2))


def _phases(size: int, length: int, shift: float) -> NDArray[np.complex128]:
    """Return factors that take samples ``shift`` pixels further, of an image so long."""
    frequencies = _frequencies(size)
    phases = np.exp(2j * np.pi * frequencies * shift / length)
    if size % 2 == 0:  # the highest frequency is its own mirror image
        phases[size // 2] = phases[size // 2].real
    return phases


def _central(spectrum: NDArray[Any], size: int, axis: int) -> NDArray[Any]:
    return np.take(spectrum, _frequencies(size), axis=axis)


def _surrounded(spectrum: NDArray[Any], size: int, axis: int) -> NDArray[Any]:
    old = spectrum.shape[axis]
    shape = list(spectrum.shape)
    shape[axis] = size
    result = np.zeros(shape, spectrum.dtype)
    moved, source = np.moveaxis(result, axis, 0), np.moveaxis(spectrum, axis, 0)
    moved[_frequencies(old)] = source
    if old % 2 == 0 and size > old:  # shared by both signs
        moved[-(old // 2)] = source[old // 2] / 2
        moved[old // 2] = source[old // 2] / 2
    return result


def window_weights(window: str, size: int) -> NDArray[np.float64]:
    """Return the weights of so many samples across the band, 1 on average; see WINDOWS."""
    if window == 'none':
        return np.ones(size)
    from scipy.signal import windows

    weights = (
        windows.hamming(size, sym=True)
        if window == 'hamming'
        else windows.taylor(size, nbar=_TAYLOR[0], sll=_TAYLOR[1], norm=False)
    )
    return weights / weights.mean()


def _along(factor: NDArray[Any], axis: int) -> NDArray[Any]:
    return factor[:, None, None] if axis == 0 else factor[None, :, None]


def _as_input(result: NDArray[Any], image: NDArray[Any]) -> NDArray[Any]:
    if np.iscomplexobj(image):
        return result.astype(np.complex64)
    return result.real.astype(np.float32)
