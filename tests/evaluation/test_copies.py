"""The training image that an image is most like, against a slow search."""

import numpy as np
import pytest

from mmsar.errors import DataError
from mmsar.evaluation.generation.copies import FLIPS, nearest_images, turned


def speckled(count, seed, size=16):
    return np.random.default_rng(seed).rayleigh(30, (count, size, size)).astype(np.float32)


def slow(images, training, shift, flips):
    """Return the best correlation of each image, and of which training image and flip it is."""
    found = []
    for image in images:
        best = (-2.0, 0, 0)
        for number, other in enumerate(training):
            ways = [other, other[:, ::-1], other[::-1], other[::-1, ::-1]]
            for flip, way in enumerate(ways[: 4 if flips else 1]):
                for row in range(-shift, shift + 1):
                    for column in range(-shift, shift + 1):
                        moved = np.roll(way, (row, column), (0, 1))
                        pair = [np.log(np.maximum(i, i.mean() / 100)) for i in (image, moved)]
                        value = np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]
                        best = max(best, (value, number, flip))
        found.append(best)
    return found


@pytest.mark.parametrize(('shift', 'flips'), [(0, False), (1, True)])
def test_the_search_is_that_of_a_slow_one(shift, flips):
    images, training = speckled(5, 0, 8), speckled(7, 1, 8)
    found = nearest_images(images, training, shift, flips)
    expected = slow(images.astype(float), training.astype(float), shift, flips)
    np.testing.assert_allclose(found.similarity, [best[0] for best in expected], atol=1e-5)
    assert found.number.tolist() == [best[1] for best in expected]
    assert found.flip.tolist() == [best[2] for best in expected]


@pytest.mark.parametrize('flip', range(4), ids=FLIPS)
def test_a_copy_is_found_turned_shifted_brighter_and_noisy(flip):
    training, images = speckled(20, 0), speckled(6, 1)
    copy = turned(training[13], flip)
    noise = np.random.default_rng(2).uniform(0.9, 1.1, copy.shape)
    images[4] = np.roll(3 * copy * noise, (2, -1), (0, 1))
    found = nearest_images(images, training)
    assert (found.number[4], found.flip[4]) == (13, flip)
    assert found.similarity[4] > 0.98
    assert np.delete(found.similarity, 4).max() < 0.5
    assert nearest_images(images, training, shift=0).similarity[4] < 0.5


def test_training_images_are_not_compared_with_themselves():
    training = speckled(6, 0)
    assert nearest_images(training, training).similarity.min() > 0.999
    assert nearest_images(training, training, same=True).similarity.max() < 0.5


def test_sets_that_cannot_be_compared():
    with pytest.raises(DataError, match='differ'):
        nearest_images(speckled(2, 0, 8), speckled(2, 0, 16))
    with pytest.raises(DataError, match='0 images'):
        nearest_images(speckled(0, 0), speckled(2, 0))
    broken = speckled(3, 0)
    broken[1, 0, 0] = np.nan
    with pytest.raises(
        DataError, match='the training images: 1 of 3 images have values that are not'
    ):
        nearest_images(speckled(2, 0), broken)
    with pytest.raises(DataError, match='the images: 1 of 3 images have values'):
        nearest_images(broken, speckled(2, 0))
    with pytest.raises(DataError, match='one value everywhere'):
        nearest_images(np.full((2, 16, 16), 7, np.float32), speckled(2, 0))
