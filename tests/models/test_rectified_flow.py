"""Noise levels and losses of rectified flow, against closed forms and diffusers."""

import math

import pytest
import torch
from scipy import stats

from mmsar.errors import ConfigError
from mmsar.models.generation.sd3.rectified_flow import RectifiedFlow, blend


def draws(number: int = 4000, **settings) -> torch.Tensor:
    return RectifiedFlow(**settings).draw(number, torch.Generator().manual_seed(0))


@pytest.mark.parametrize('settings', [
    {}, {'logit_mean': 0.5, 'logit_std': 0.8}, {'density': 'mode'}, {'density': 'uniform'},
])  # fmt: skip
def test_draws_as_diffusers(settings):
    training = pytest.importorskip('diffusers.training_utils')
    flow = RectifiedFlow(**settings)
    names = {'uniform': 'none'}
    expected = training.compute_density_for_timestep_sampling(
        names.get(flow.density, flow.density), 4000, flow.logit_mean, flow.logit_std,
        flow.mode_scale, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    torch.testing.assert_close(draws(**settings), expected, rtol=1e-5, atol=1e-6)


def test_levels_have_the_density_of_the_paper():
    """With shift s, the logit of sigma is normal about log(s) - mean (arXiv 2403.03206)."""
    diffusers = pytest.importorskip('diffusers')
    for shift, mean, std in ((3.0, 0.0, 1.0), (1.0, 0.7, 0.5)):
        scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=shift)
        drawn = draws(logit_mean=mean, logit_std=std)
        sigma = scheduler.sigmas[(drawn * 1000).long()].double()
        normal = stats.norm(math.log(shift) - mean, std)
        assert stats.kstest(torch.logit(sigma), normal.cdf).pvalue > 0.01
        other = stats.norm(math.log(shift) - mean + 0.1, std)
        assert stats.kstest(torch.logit(sigma), other.cdf).pvalue < 0.01


@pytest.mark.parametrize('weight', ['none', 'sigma_sqrt', 'cosmap'])
def test_weights_as_diffusers(weight):
    training = pytest.importorskip('diffusers.training_utils')
    sigma = torch.linspace(0.05, 0.95, 7)
    expected = training.compute_loss_weighting_for_sd3(weight, sigma)
    torch.testing.assert_close(RectifiedFlow(weight=weight).weights(sigma), expected)


def test_loss():
    generator = torch.Generator().manual_seed(0)
    latents, noise, predicted = torch.randn((3, 2, 4, 3, 3), generator=generator)
    sigma = torch.tensor([0.2, 0.9])
    flow = RectifiedFlow()
    # The right velocity leads from any level to the image.
    seen = blend(latents, noise, sigma)
    velocity = noise - latents
    torch.testing.assert_close(seen - sigma.view(2, 1, 1, 1) * velocity, latents)
    assert flow.loss(velocity, latents, noise, sigma).abs().max() < 1e-12
    slow = [float(((predicted[n] - noise[n] + latents[n]) ** 2).mean()) for n in range(2)]
    assert flow.loss(predicted, latents, noise, sigma).tolist() == pytest.approx(slow)
    # As diffusers' script: the image that the prediction leads to, against the image.
    image = predicted * -sigma.view(2, 1, 1, 1) + seen
    expected = (image - latents).square().flatten(1).mean(1)
    found = RectifiedFlow(precondition=True).loss(predicted, latents, noise, sigma)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(('settings', 'match'), [
    ({'density': 'normal'}, 'flow.density'), ({'weight': 'sigma'}, 'flow.weight'),
    ({'logit_std': 0.0}, 'logit_std'),
])  # fmt: skip
def test_bad_settings(settings, match):
    with pytest.raises(ConfigError, match=match):
        RectifiedFlow(**settings)
