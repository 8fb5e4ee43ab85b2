"""Normalised cross-correlation against a slow loop."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mmsar.errors import DataError
from mmsar.models.matching.ncc import feature, ncc


def slow_ncc(first: np.ndarray, second: np.ndarray, s: int) -> np.ndarray:
    """Cut the common part for each shift; numpy's correlation coefficient of it."""
    rows, columns = first.shape
    result = np.zeros((2 * s + 1, 2 * s + 1))
    for y in range(-s, s + 1):
        for x in range(-s, s + 1):
            a, b = [], []
            for r in range(rows):
                for c in range(columns):
                    if 0 <= r + y < rows and 0 <= c + x < columns:
                        a.append(first[r, c])
                        b.append(second[r + y, c + x])
            result[s + y, s + x] = np.corrcoef(a, b)[0, 1]
    return result


@pytest.mark.parametrize(('shape', 's'), [((12, 17), 3), ((9, 9), 4), ((10, 7), 0)])
def test_against_a_slow_loop(shape, s):
    generator = np.random.default_rng(s)
    first = generator.gamma(1, 1000, shape) + 1e5  # a mean far above the variation
    second = 0.3 * first + generator.gamma(1, 300, shape)
    assert ncc(first, second, s) == pytest.approx(slow_ncc(first, second, s), abs=1e-9)


def test_a_shift_is_found_where_it_is():
    whole = gaussian_filter(np.random.default_rng(0).normal(size=(80, 90)), 2)
    first, second = whole[10:60, 10:70], whole[6:56, 13:73]
    # Pixel (r, c) of the first is (r + 4, c - 3) of the second.
    scores = ncc(first, second, 6)
    assert np.unravel_index(scores.argmax(), scores.shape) == (6 + 4, 6 - 3)
    assert scores.max() == pytest.approx(1)
    # Neither gain nor offset matter; a negative sees the same with the other sign.
    assert ncc(first, 100 - 7 * second, 6) == pytest.approx(-scores)
    # The other way round, the shift is the opposite one.
    assert ncc(second, first, 6) == pytest.approx(scores[::-1, ::-1])


def test_flat_images_have_no_correlation():
    noise = np.random.default_rng(0).normal(size=(20, 20))
    assert (ncc(noise, np.full((20, 20), 7.3), 2) == 0).all()
    # Content in the last column only: shifts that lose it see a flat image.
    edge = np.zeros((20, 20))
    edge[::2, -1] = 5
    scores = ncc(edge, noise, 1)
    assert (scores[:, 2] == 0).all()
    assert (scores[:, :2] != 0).all()


def test_gradients_do_not_mind_reversed_contrast():
    image = np.zeros((40, 40))
    image[10:25, 12:30] = 1
    dark = 200 - 90 * image
    assert ncc(feature(image, 'amplitude'), feature(dark, 'amplitude')) == pytest.approx(-1)
    assert ncc(feature(image, 'gradient'), feature(dark, 'gradient')) == pytest.approx(1)
    assert (feature(image, 'amplitude', 0) == image).all()


@pytest.mark.parametrize(
    ('first', 'second', 'shift', 'message'),
    [
        (np.zeros((4, 5)), np.zeros((5, 4)), 0, r'cannot correlate \(4, 5\) and \(5, 4\)'),
        (np.zeros((4, 5)), np.zeros((4, 5)), 2, 'a shift of 2 pixels is too large'),
        (np.zeros((4, 5)), np.full((4, 5), np.nan), 1, 'not finite'),
    ],
)
def test_wrong_input(first, second, shift, message):
    with pytest.raises(DataError, match=message):
        ncc(first, second, shift)
