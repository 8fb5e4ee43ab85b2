"""Resolution by the spectrum."""

import numpy as np
import pytest

from mmsar.errors import DataError
from mmsar.simulation.bicubic import bicubic
from mmsar.simulation.spectrum import cut_spectrum, pad_spectrum


def blob(size, row, column, width=4.0):
    y, x = np.mgrid[: size[0], : size[1]]
    return np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))[..., None]


def centre(image):
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    weights = np.abs(image[..., 0])
    return (y * weights).sum() / weights.sum(), (x * weights).sum() / weights.sum()


def lobe(row):
    """Return where the main lobe begins and ends: at the minima beside the peak."""
    left = right = int(row.argmax())
    while row[left - 1] < row[left]:
        left -= 1
    while row[right + 1] < row[right]:
        right += 1
    return left, right + 1


@pytest.mark.parametrize('scale', [2, 3, 4])
@pytest.mark.parametrize('size', [(48, 72), (60, 84)])
def test_pixels_keep_their_places(scale, size):
    image = blob(size, 22.3, 31.6, 1.5 * scale)
    for low in (cut_spectrum(image, scale), bicubic(image, (size[0] // scale, size[1] // scale))):
        row, column = centre(low)
        assert (row + 0.5) * scale - 0.5 == pytest.approx(22.3, abs=0.03)
        assert (column + 0.5) * scale - 0.5 == pytest.approx(31.6, abs=0.03)
        assert low.mean() == pytest.approx(image.mean(), rel=1e-3)
    # What fits into the lower band comes back as it was.
    np.testing.assert_allclose(pad_spectrum(cut_spectrum(image, scale), scale), image, atol=1e-3)


def test_levels_and_windows():
    rng = np.random.default_rng(0)
    speckle = rng.normal(size=(96, 96, 1)) + 1j * rng.normal(size=(96, 96, 1))
    energy = np.square(np.abs(speckle)).mean()
    for scale in (2, 3):
        low = cut_spectrum(speckle, scale, level='energy')
        assert np.square(np.abs(low)).mean() == pytest.approx(energy, rel=0.05)
        assert low.dtype == np.complex64
        # A coarse pixel has the centre of a fine one where the scale is odd.
        point = np.zeros((96, 96, 1), complex)
        point[48 + scale // 2, 48 + scale // 2] = 5.0
        peak = np.abs(cut_spectrum(point, scale, level='peak')).max()
        half_off = 1 if scale == 3 else (2 * 2**0.5 / np.pi) ** 2  # both axes, a quarter of a pixel
        assert peak == pytest.approx(5.0 * half_off, rel=0.05)
    flat = np.full((24, 24, 2), 3.0)
    for window in ('none', 'hamming', 'taylor'):
        low = cut_spectrum(flat, 2, window)
        assert low.shape == (12, 12, 2)
        assert np.ptp(low) < 1e-5
    # A window trades width for sidelobes.
    point = np.zeros((96, 96, 1))
    point[49, 49] = 1.0
    widths, sidelobes = {}, {}
    for window in ('none', 'hamming', 'taylor'):
        fine = np.abs(pad_spectrum(cut_spectrum(point, 4, window), 16))[..., 0]
        row = fine[np.unravel_index(fine.argmax(), fine.shape)[0]]
        widths[window] = int((row > row.max() * 0.5**0.5).sum())
        sidelobes[window] = np.sort(np.delete(row, slice(*lobe(row))))[-1] / row.max()
    assert widths['none'] < widths['taylor'] < widths['hamming'] * 1.2
    assert 20 * np.log10(sidelobes['none']) == pytest.approx(-13.3, abs=0.8)
    assert max(sidelobes['hamming'], sidelobes['taylor']) < 10 ** (-30 / 20)
    # 0.886 of a resolution cell, which is a coarse pixel: 16 fine ones
    assert widths['none'] == pytest.approx(0.886 * 16, abs=1.1)
    with pytest.raises(DataError, match='no multiple of scale=5'):
        cut_spectrum(flat, 5)
    with pytest.raises(DataError, match="level='sum'"):
        cut_spectrum(flat, 2, level='sum')
