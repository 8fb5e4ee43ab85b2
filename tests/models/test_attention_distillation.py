"""Migration of images: batches, the published loop, values in and out."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from migration_plain import PublishedLoop

from mmsar.errors import ConfigError, DataError
from mmsar.models.generation.band_limited_resize import resize
from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.stable_diffusion import load_stable_diffusion
from mmsar.registry import MODELS

pytest.importorskip('diffusers')


@pytest.fixture(scope='module')
def parts(small_stable_diffusion):
    return load_stable_diffusion(str(small_stable_diffusion))


def build(parts, **settings):
    settings = {'size': 64, 'steps': 4, 'dtype': 'float64', **settings}
    settings['speckle'] = {'size': 8, 'patches': 4, **settings.get('speckle', {})}
    return MODELS.build({'type': 'mmsar.AttentionDistillation', 'pretrained': parts, **settings})


def speckle(count, looks=4, size=32, seed=0):
    values = np.random.default_rng(seed).gamma(looks, 0.04 / looks, (count, 1, size, size))
    return torch.from_numpy(values).sqrt().clamp(0, 1)


def test_batches_equal_single_images(parts):
    model = build(parts, pixel_interval=2)
    contents, styles = speckle(3), speckle(2, 16, seed=1)
    together = model.migrate(contents, styles)
    assert together.images.shape == (3, 1, 32, 32)
    assert together.images.dtype == torch.float64
    assert together.finite.all()
    assert (together.images[0] - together.images[1]).abs().max() > 0.01
    for number in range(3):
        alone = model.migrate(contents[number, None], styles)
        torch.testing.assert_close(alone.images[0], together.images[number], rtol=0, atol=1e-9)
        for name, values in together.losses.items():
            assert values.shape == (2 if name in ('speckle', 'high_frequency') else 4, 3)
            torch.testing.assert_close(
                alone.losses[name][:, 0], values[:, number], rtol=0, atol=1e-9
            )
        assert int(alone.patches[0]) == int(together.patches[number]) > 50


def test_published_loop(parts):
    model = build(parts, weights={'speckle': 0, 'high_frequency': 0}, layers='all', steps=3)
    contents, style = speckle(2), speckle(1, 16, seed=1)
    found = model.migrate(contents, style)
    assert found.patches is None
    assert set(found.losses) == {'ad', 'content'}
    loss, coder = model.attention_loss, model.coder
    loop = PublishedLoop(loss.unet, loss.layer_names, model.prompt_embeds)
    for number, content in enumerate(contents):
        latent = loop(coder.encode(content[None]), coder.encode(style), model.timesteps)
        with torch.no_grad():
            image = coder.decode(latent, (32, 32)).clamp(0, 1)
        torch.testing.assert_close(image[0], found.images[number], rtol=0, atol=1e-9)


def test_no_steps_show_what_the_autoencoder_loses(parts):
    contents = speckle(2)
    found = build(parts, steps=0).migrate(contents, speckle(1, 16))
    coder = ImageCoder(parts.vae, 64)
    expected = coder.decode(coder.encode(contents), (32, 32))
    torch.testing.assert_close(found.images, expected.clamp(0, 1))
    assert not found.losses


@pytest.mark.parametrize('name', ['ad', 'speckle', 'high_frequency'])
def test_steps_lower_each_loss(parts, name):
    weights = {'ad': 0, 'content': 0, 'speckle': 0, 'high_frequency': 0, name: 1}
    settings = {'weights': weights, 'speckle': {'patches': 10**6, 'log': True}, 'lr': 0.01}
    model = build(parts, dtype='float32', **settings)
    found = model.migrate(speckle(1).float(), speckle(1, 16, seed=1).float())
    assert model.timesteps.tolist() == [751, 501, 251, 1]
    assert found.images.dtype == torch.float32
    assert set(found.losses) == {name}
    values = found.losses[name][:, 0]
    assert values[-1] < 0.97 * values[0]


def test_schedule_of_the_rate(parts, monkeypatch):
    rates = []
    step = torch.optim.Adam.step
    monkeypatch.setattr(
        torch.optim.Adam,
        'step',
        lambda self: rates.append(self.param_groups[0]['lr']) or step(self),
    )
    images = speckle(1), speckle(1, 16, seed=1)
    for schedule, expected in (
        ('constant', [0.08, 0.08, 0.08, 0.08]),
        ('cosine', [0.08, 0.04 * (1 + 0.5**0.5), 0.04, 0.04 * (1 - 0.5**0.5)]),
    ):
        rates.clear()
        build(parts, steps=4, lr=0.08, lr_schedule=schedule, layers=['mid_block']).migrate(*images)
        assert rates == pytest.approx(expected)
    with pytest.raises(ConfigError, match="lr_schedule='step'"):
        build(parts, lr_schedule='step')


START = {'type': 'mmsar.HistogramMatching'}


def test_start_from_another_migration(parts):
    contents, styles = speckle(2), 0.5 * speckle(2, 16, seed=1)
    first = build(parts, steps=0, start=START).migrate(contents, styles).images
    matched = MODELS.build(START).migrate(contents, styles).images
    passed = build(parts, steps=0).migrate(matched, styles).images
    torch.testing.assert_close(first, passed)
    found = build(parts, steps=1, start=START).migrate(contents, styles)
    assert (found.losses['content'][0] > 0).all()  # the target is still the content


def test_keeping_the_start(parts):
    """It is what the start as a content of its own gives, but for the places of speckle."""
    contents, styles = speckle(2), 0.5 * speckle(2, 16, seed=1)
    settings = {'steps': 3, 'weights': {'speckle': 0}}
    found = build(parts, start=START, keep='start', **settings).migrate(contents, styles)
    assert found.losses['content'][0].tolist() == [0, 0]
    matched = MODELS.build(START).migrate(contents, styles).images
    expected = build(parts, **settings).migrate(matched, styles)
    torch.testing.assert_close(found.images, expected.images)
    with pytest.raises(ConfigError, match="keep='both'"):
        build(parts, keep='both')


def test_content_loss_starts_from_zero(parts):
    model = build(parts, steps=2, weights={'speckle': 0, 'high_frequency': 0})
    found = model.migrate(speckle(2), speckle(1, 16, seed=1)).losses['content']
    assert found[0].tolist() == [0, 0]
    assert (found[1] > 0).all()


def test_pixels_are_decoded_only_when_needed(parts, monkeypatch):
    decoded = []
    plain = ImageCoder.decode
    monkeypatch.setattr(ImageCoder, 'decode', lambda *args: decoded.append(1) or plain(*args))
    images = speckle(1), speckle(1, 16, seed=1)
    without = {'speckle': 0, 'high_frequency': 0}
    for settings, times in (({'pixel_interval': 2}, 2 + 1), ({'weights': without}, 1)):
        decoded.clear()
        build(parts, steps=3, layers=['mid_block'], **settings).migrate(*images)
        assert len(decoded) == times


def test_interval_of_pixel_losses_keeps_their_weight(parts):
    """Every other step counts twice; without other losses, nothing happens in between."""
    images = speckle(1), speckle(1, 16, seed=1)
    weights = {'ad': 0, 'content': 0, 'speckle': 0}
    found = [
        build(parts, steps=k, weights={**weights, 'high_frequency': weight}, pixel_interval=k)
        for weight, k in ((2, 1), (1, 2))
    ]
    images = [model.migrate(*images).images for model in found]
    torch.testing.assert_close(*images, rtol=0, atol=1e-12)


def test_inside_a_test_loop(parts):
    model = build(parts, steps=2, layers=['mid_block']).eval()
    inputs = {'content': speckle(1), 'style': speckle(1, 16, seed=1)}
    expected = model(inputs, mode='predict')
    assert not torch.allclose(expected.images, inputs['content'])
    for switched_off in (torch.no_grad(), torch.inference_mode()):
        with switched_off:
            found = build(parts, steps=2, layers=['mid_block'])(inputs, mode='predict')
        torch.testing.assert_close(found.images, expected.images)
    with pytest.raises(ConfigError, match='no weights to train'):
        model(inputs, mode='loss')


def test_half_precision(small_stable_diffusion):
    model = build(str(small_stable_diffusion), steps=2, dtype='bfloat16')
    found = model.migrate(speckle(2).float(), speckle(1, 16, seed=1).float())
    assert model.attention_loss.unet.dtype == model.vae.dtype == torch.bfloat16
    assert found.images.dtype == found.losses['ad'].dtype == torch.float32
    assert found.finite.all()


def test_values_that_are_not_finite_are_told(parts, monkeypatch):
    plain = ImageCoder.decode
    bad = torch.tensor([1, torch.nan]).double()[:, None, None, None]
    monkeypatch.setattr(ImageCoder, 'decode', lambda *args: plain(*args) * bad)
    found = build(parts, weights={'speckle': 0, 'high_frequency': 0}, steps=1)
    assert found.migrate(speckle(2), speckle(1)).finite.tolist() == [True, False]


@pytest.mark.parametrize('shape', [(64, 40), (33, 50)])
def test_resizing_is_taken_back(shape):
    images = torch.rand(2, 1, 24, 32).double()
    large = resize(images, shape)
    assert large.shape == (2, 1, *shape)
    if min(a - b for a, b in zip(shape, (24, 32), strict=True)) >= 0:
        torch.testing.assert_close(resize(large, (24, 32)), images)
    torch.testing.assert_close(large.mean((2, 3)), images.mean((2, 3)))
    flat = resize(torch.full((1, 1, 5, 5), 0.3), (9, 9))
    torch.testing.assert_close(flat, torch.full((1, 1, 9, 9), 0.3))
    wave = torch.cos(torch.pi * 3 * (torch.arange(24) + 0.5) / 24).expand(1, 1, 24, 24).double()
    finer = torch.cos(torch.pi * 3 * (torch.arange(60).double() + 0.5) / 60)
    torch.testing.assert_close(resize(wave, (24, 60))[0, 0, 0], finer, rtol=0, atol=1e-6)


def test_values_of_the_networks():
    """The autoencoder sees three equal channels from -1 to 1; latents are shifted and scaled."""
    seen = []

    def encode(images):
        seen.append(images)
        return SimpleNamespace(latent_dist=SimpleNamespace(mean=images[..., ::2, ::2]))

    config = SimpleNamespace(
        in_channels=3, block_out_channels=(1, 1), scaling_factor=0.5, shift_factor=0.1
    )
    decode = lambda z: SimpleNamespace(sample=z.repeat_interleave(2, 2).repeat_interleave(2, 3))  # noqa: E731
    vae = SimpleNamespace(config=config, dtype=torch.float64, encode=encode, decode=decode)
    coder = ImageCoder(vae, None)
    images = torch.rand(2, 1, 8, 8).double().repeat_interleave(2, 2).repeat_interleave(2, 3)
    latents = coder.encode(images)
    torch.testing.assert_close(seen[0], (2 * images - 1).expand(-1, 3, -1, -1))
    torch.testing.assert_close(latents[:, :1], (2 * images[..., ::2, ::2] - 1 - 0.1) * 0.5)
    torch.testing.assert_close(coder.decode(latents, (16, 16)), images)
    assert ImageCoder(vae, 64).network_shape(20, 31) == (42, 64)
    with pytest.raises(DataError, match='loses resolution'):
        ImageCoder(vae, 30).network_shape(20, 31)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'weights': {'style': 1}}, "weights has no 'style'"),
        ({'weights': {'ad': -1}}, 'give numbers from 0'),
        ({'steps': -1}, 'steps=-1'),
        ({'dtype': 'float16'}, "dtype='float16'"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ConfigError, match=message):
        build('nowhere', **settings)


@pytest.mark.parametrize(
    ('contents', 'styles', 'message'),
    [
        (speckle(1) * 255, speckle(1), 'contents has values from'),
        (speckle(1), speckle(1) * torch.nan, 'styles has values from nan'),
        (speckle(1).expand(1, 3, 32, 32), speckle(1), 'one channel'),
        (speckle(1), speckle(1, size=40), 'cut them to one size'),
    ],
)
def test_wrong_images(contents, styles, message):
    with pytest.raises(DataError, match=message):
        build('nowhere').migrate(contents, styles)
