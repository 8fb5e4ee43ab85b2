"""The loss of speckle statistics, against slow formulas and simulated speckle."""

import numpy as np
import pytest
import torch

from mmsar.errors import ConfigError, DataError
from mmsar.models.losses.homogeneous import equivalent_looks, homogeneous_places, to_intensity
from mmsar.registry import MODELS


def speckle(looks, shape, seed=0, mean=0.04):
    """Intensity of homogeneous ground, rarely above 1 as amplitude or intensity."""
    values = np.random.default_rng(seed).gamma(looks, mean / looks, shape)
    return torch.from_numpy(values)


def build(**settings):
    return MODELS.build({'type': 'mmsar.SpeckleLoss', **settings})


@pytest.mark.parametrize('domain', ['amplitude', 'intensity'])
@pytest.mark.parametrize('looks', [1, 4, 16])
def test_speckle_has_its_looks(looks, domain):
    intensity = speckle(looks, (500, 32 * 32))
    values = intensity.sqrt() if domain == 'amplitude' else intensity
    found = equivalent_looks(to_intensity(values, domain)).mean()
    assert float(found) == pytest.approx(looks, rel=0.05)


@pytest.mark.parametrize('power', [0.5, 0.3])
def test_places_and_loss_of_a_stretch_by_a_power_are_those_of_the_values(power):
    images, references = (speckle(n, (2, 1, 32, 32), n).sqrt().clamp(max=1) for n in (1, 4))
    plain, stretched = build(size=8), build(size=8, power=power)
    places = plain.places(images, references)
    powered = stretched.places(images**power, references**power)
    assert torch.equal(powered.valid, places.valid)
    found = stretched(images**power, powered)
    torch.testing.assert_close(found, plain(images, places), rtol=1e-9, atol=0)


def test_looks_equal_mean_and_variance():
    values = speckle(2, (3, 40))
    expected = [np.mean(row) ** 2 / np.mean((row - np.mean(row)) ** 2) for row in values.numpy()]
    np.testing.assert_allclose(equivalent_looks(values), expected, rtol=1e-12)
    assert equivalent_looks(torch.zeros(2, 5)).tolist() == [0, 0]
    constant = torch.full((1, 5), 0.5).requires_grad_()
    looks = equivalent_looks(constant)
    looks.backward()
    assert looks.item() == pytest.approx(1e6)
    assert float(constant.grad.abs().max()) < 1


@pytest.mark.parametrize('looks', [1, 4])
def test_choosing_places_does_not_bias_the_looks(looks):
    image = speckle(looks, (1, 1, 128, 128), seed=1).sqrt()
    valid = homogeneous_places(image, 16)[0]
    rows, columns = valid.nonzero().T
    patches = image[0, 0].square().unfold(0, 16, 1).unfold(1, 16, 1)[rows, columns].flatten(1)
    assert float(equivalent_looks(patches).mean()) == pytest.approx(looks, rel=0.05)
    assert valid.double().mean() > 0.9


def test_targets_margins_and_clipping_are_no_places():
    image = speckle(4, (1, 1, 64, 64)).sqrt()
    image[..., 30:34, 10:14] = 0.9  # a target
    image[..., 48:] = 0  # a margin on the right
    image[..., :12, 20:40] = 1  # saturated
    valid = homogeneous_places(image, 8)[0]
    assert not valid[23:34, 3:14].any()
    assert not valid[:, 42:].any()  # more than a twentieth of the patch is margin
    assert not valid[:11, 14:39].any()
    assert valid[40:, :20].double().mean() > 0.8


def slow_places(image, size, level=0.25, tolerance=1.25):
    """Without clipping, patch by patch."""
    rows, columns = (side - size + 1 for side in image.shape)
    variation = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            patch = image[row : row + size, column : column + size] ** 2
            variation[row, column] = patch.std() / patch.mean()
    return variation <= tolerance * np.quantile(variation, level)


@pytest.mark.parametrize('log', [False, True])
def test_slow_formula(log):
    contents = speckle(3, (2, 1, 14, 14), 1).sqrt()
    styles = speckle(6, (2, 1, 14, 14), 2).sqrt()
    images = speckle(4, (2, 1, 14, 14), 3).sqrt()
    # More patches than there are: all of them count, whatever the draw.
    loss = build(patches=10**6, size=6, log=log)
    places = loss.places(contents, styles)
    found = loss(images, places)
    in_contents = [slow_places(image[0].numpy(), 6) for image in contents]
    in_styles = [slow_places(image[0].numpy(), 6) for image in styles]
    for number in range(2):
        looks = []
        for style in range(2):
            for row, column in np.argwhere(in_contents[number] & in_styles[style]):
                window = (slice(row, row + 6), slice(column, column + 6))
                pair = (images[number, 0][window], styles[style, 0][window])
                squares = [patch.numpy() ** 2 for patch in pair]
                looks.append([patch.mean() ** 2 / patch.var() for patch in squares])
        assert int(places.count[number]) == len(looks) > 3
        means = np.mean(looks, axis=0)
        means = np.log(means) if log else means
        assert float(found[number]) == pytest.approx(abs(means[0] - means[1]), rel=1e-9)


def test_draws_follow_step_and_seed_but_not_the_batch():
    contents, images = speckle(4, (2, 3, 1, 40, 40)).sqrt()
    styles = speckle(9, (1, 1, 40, 40), 5).sqrt()
    loss = build(patches=4, size=8)
    places = loss.places(contents, styles)
    together = loss(images, places, step=7)
    alone = [loss(images[n : n + 1], loss.places(contents[n : n + 1], styles), 7) for n in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=0)
    assert not torch.allclose(together, loss(images, places, step=8))
    assert not torch.allclose(together, build(patches=4, size=8, seed=1)(images, places, step=7))
    torch.testing.assert_close(loss(styles, loss.places(styles, styles)), torch.zeros(1).double())


def test_gradient():
    contents = speckle(4, (2, 1, 10, 10)).sqrt()
    styles = speckle(9, (1, 1, 10, 10), 5).sqrt()
    loss = build(patches=3, size=4, tolerance=3)
    places = loss.places(contents, styles)
    assert torch.autograd.gradcheck(lambda x: loss(x, places, 2), contents.requires_grad_())


def test_a_content_without_homogeneous_ground():
    contents = torch.zeros(1, 1, 20, 20).double()
    places = build(size=8).places(contents, speckle(4, (1, 1, 20, 20)).sqrt())
    assert places.count.tolist() == [0]
    images = speckle(4, (1, 1, 20, 20)).sqrt().requires_grad_()
    loss = build(size=8)(images, places)
    loss.sum().backward()
    assert loss.item() == 0
    assert not images.grad.any()


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'patches': 0}, 'patches=0'),
        ({'power': 0.0}, 'power=0.0'),
        ({'domain': 'db'}, "domain='db'"),
        ({'level': 2}, 'level=2'),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ConfigError, match=message):
        build(**settings)


def test_wrong_images():
    images = speckle(4, (1, 1, 20, 20)).sqrt()
    with pytest.raises(DataError, match='cut them alike'):
        build().places(images, images[..., :18])
    with pytest.raises(DataError, match='no homogeneous patch of 16 x 16'):
        build().places(images, torch.zeros_like(images))
    with pytest.raises(ConfigError, match='larger than the images'):
        build(size=21).places(images, images)
