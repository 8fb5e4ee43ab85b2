"""Training autoencoder and U-Net of a diffusion model, and exporting them."""

import math
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from model_converters.export_diffusion import main as export
from torch.nn import functional

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.small_stable_diffusion import (
    CHIP_UNET,
    CHIP_VAE,
    write_small_stable_diffusion,
)
from mmsar.models.generation.stable_diffusion import load_stable_diffusion
from mmsar.randomness import draw_for_batch
from mmsar.registry import MODELS

pytest.importorskip('diffusers')
CONFIGS = Path(__file__).parents[2] / 'configs' / 'cross_sensor'
TRAININGS = {
    'vae': CONFIGS / 'autoencoder-small_1xb8-2k_aircraft.py',
    'unet': CONFIGS / 'unet-small_1xb8-1k_aircraft.py',
}


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, 1, 32, 32, generator=generator)


def drawn(shape, name):
    return draw_for_batch(lambda n, g: torch.randn((n, *shape[1:]), generator=g), shape[0], name)


def build(kind, folder, **settings):
    torch.manual_seed(0)
    return MODELS.build({'type': f'mmsar.{kind}', 'pretrained': str(folder), **settings})


def test_loss_of_the_autoencoder(small_stable_diffusion, images):
    model = build('LatentAutoencoder', small_stable_diffusion, kl_weight=0.1)
    losses = model(images, mode='loss')
    vae = load_stable_diffusion(str(small_stable_diffusion)).vae
    moments = vae.quant_conv(vae.encoder(2 * images.expand(-1, 3, -1, -1) - 1))
    mean, log_variance = moments.chunk(2, dim=1)
    latents = mean + (log_variance / 2).exp() * drawn(mean.shape, 'latents')
    found = (vae.decode(latents).sample.mean(1, keepdim=True) + 1) / 2
    torch.testing.assert_close(losses['loss_pixels'], (found - images).abs().mean())
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).mean() / 2
    torch.testing.assert_close(losses['loss_kl'], 0.1 * divergence)
    # Without a draw of the latents, and within the range.
    expected = (vae.decode(mean).sample.mean(1, keepdim=True) + 1) / 2
    torch.testing.assert_close(model(images), expected.clamp(0, 1))


def test_decoder_alone(small_stable_diffusion, images):
    model = build('LatentAutoencoder', small_stable_diffusion, part='decoder')
    before = float(model.latent_square)
    losses = model(images, mode='loss')
    assert set(losses) == {'loss_pixels'}
    losses['loss_pixels'].backward()
    trained = {name.split('.')[1] for name, w in model.named_parameters() if w.grad is not None}
    assert trained == {'decoder', 'post_quant_conv'}
    assert float(model.latent_square) == before


def test_noise_that_the_unet_is_to_find(small_stable_diffusion, images):
    model = build('LatentDiffusion', small_stable_diffusion)
    loss = model(images, mode='loss')['loss_noise']
    parts = load_stable_diffusion(str(small_stable_diffusion))
    coder = ImageCoder(parts.vae, None)
    distribution = parts.vae.encode(2 * images.expand(-1, 3, -1, -1) - 1).latent_dist
    latents = distribution.mean + distribution.std * drawn(distribution.mean.shape, 'latents')
    timesteps = draw_for_batch(lambda n, g: torch.randint(1000, (n,), generator=g), 3, 'timesteps')
    assert len(timesteps.unique()) == 3
    noise = drawn(latents.shape, 'noise')
    assert (noise - drawn(latents.shape, 'latents')).abs().max() > 1
    # Stable Diffusion's schedule of noise: the roots of beta rise evenly.
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000).square()
    errors = []
    for latent, timestep, white in zip(latents, timesteps, noise, strict=True):
        share = (1 - betas[: timestep + 1]).prod()
        noisy = share.sqrt() * latent * coder.scale + (1 - share).sqrt() * white
        found = parts.unet(noisy[None], timestep, encoder_hidden_states=parts.prompt_embeds).sample
        errors.append(functional.mse_loss(found[0], white))
    torch.testing.assert_close(loss, torch.stack(errors).mean(), rtol=1e-4, atol=1e-5)
    loss.backward()
    assert not any(w.grad is not None for w in model.vae.parameters())
    assert all(w.grad is not None for w in model.unet.parameters())
    with pytest.raises(ConfigError, match='trained alone'):
        model(images)


def export_weights(kind, pretrained, weights, out):
    """Save weights as a training does, and export them as a user does."""
    file = out.parent / f'{kind}.pth'
    torch.save({'state_dict': weights}, file)
    export(
        [
            str(TRAININGS[kind]),
            str(file),
            str(out),
            '--cfg-options',
            f'model.pretrained={pretrained}',
        ]
    )


def test_from_training_to_a_folder(small_stable_diffusion, images, tmp_path):
    autoencoder = build('LatentAutoencoder', small_stable_diffusion)
    with torch.no_grad():
        autoencoder.vae.encoder.conv_out.weight.mul_(3)
    latents = autoencoder.coder.distribution(images).mean
    for _ in range(2000):  # mean and square are followed
        autoencoder._follow(latents)
    folder = tmp_path / 'a'
    export_weights('vae', small_stable_diffusion, autoencoder.state_dict(), folder)
    parts = load_stable_diffusion(str(folder))
    coder = ImageCoder(parts.vae, None)
    assert coder.shift == 0  # Stable Diffusion 1.5 has none
    assert float(coder.encode(images).var()) == pytest.approx(1, rel=0.05)
    original = load_stable_diffusion(str(small_stable_diffusion))
    assert torch.equal(parts.unet.conv_in.weight, original.unet.conv_in.weight)

    diffusion = build('LatentDiffusion', folder)
    with torch.no_grad():
        diffusion.unet.conv_in.weight.add_(1)
    export_weights('unet', folder, diffusion.state_dict(), tmp_path / 'b')
    parts = load_stable_diffusion(str(tmp_path / 'b'))
    assert torch.equal(parts.unet.conv_in.weight, original.unet.conv_in.weight + 1)
    assert torch.equal(parts.vae.encoder.conv_out.weight, autoencoder.vae.encoder.conv_out.weight)
    assert ImageCoder(parts.vae, None).scale == pytest.approx(diffusion.coder.scale)


def test_decoder_is_exported_with_the_factors_that_were(small_stable_diffusion, images, tmp_path):
    autoencoder = build('LatentAutoencoder', small_stable_diffusion, part='decoder')
    autoencoder.latent_square.fill_(100)
    autoencoder.export(tmp_path / 'a')
    before = load_stable_diffusion(str(small_stable_diffusion)).vae
    after = load_stable_diffusion(str(tmp_path / 'a')).vae
    assert after.config.scaling_factor == before.config.scaling_factor


def test_what_cannot_be_exported(small_stable_diffusion, tmp_path):
    diffusion = build('LatentDiffusion', small_stable_diffusion)
    out = tmp_path / 'out'
    state = diffusion.state_dict()
    other = {**state, 'vae.encoder.conv_in.bias': torch.ones(8)}
    with pytest.raises(CheckpointError, match='behind another autoencoder'):
        export_weights('unet', small_stable_diffusion, other, out)
    part = {k: v for k, v in state.items() if 'conv_in' not in k}
    with pytest.raises(CheckpointError, match=r'unet\.pth does not fit LatentDiffusion.*missing'):
        export_weights('unet', small_stable_diffusion, part, out)
    assert not out.exists()
    shutil.copytree(small_stable_diffusion, out)
    with pytest.raises(ConfigError, match='exists'):
        export_weights('unet', small_stable_diffusion, state, out)


def test_wrong_settings(small_stable_diffusion):
    for settings in ({'part': 'encoder'}, {'kl_weight': -1}):
        with pytest.raises(ConfigError, match='LatentAutoencoder'):
            build('LatentAutoencoder', small_stable_diffusion, **settings)


@pytest.mark.parametrize('channels', [1, 4])
def test_autoencoder_of_interleaved_images(images, channels, monkeypatch):
    """Whole images are coded and come back, at the places where they were."""
    from diffusers import AutoencoderKL

    vae = AutoencoderKL(in_channels=channels, out_channels=channels, norm_num_groups=8)
    coder = ImageCoder(vae, None)
    taken = []

    def encode(parts):
        taken.append(parts)
        return SimpleNamespace(latent_dist=SimpleNamespace(mean=parts))

    monkeypatch.setattr(vae, 'encode', encode)
    monkeypatch.setattr(vae, 'decode', lambda latents: SimpleNamespace(sample=latents))
    latents = coder.encode(images)
    step = math.isqrt(channels)
    for channel in range(channels):
        row, column = divmod(channel, step)
        expected = 2 * images[:, 0, row::step, column::step] - 1
        torch.testing.assert_close(taken[0][:, channel], expected)
    torch.testing.assert_close(coder.decode(latents, (32, 32)), images)


def test_autoencoder_of_odd_channels():
    from diffusers import AutoencoderKL

    with pytest.raises(CheckpointError, match='2 channels'):
        ImageCoder(AutoencoderKL(in_channels=2, out_channels=2), None)


def test_networks_for_chips_begin_as_a_code(tmp_path, images):
    write_small_stable_diffusion(tmp_path / 'a', unet=CHIP_UNET, vae=CHIP_VAE)
    parts = load_stable_diffusion(str(tmp_path / 'a'))
    coder = ImageCoder(parts.vae, None)
    distribution = coder.distribution(images)
    assert distribution.mean.shape == (3, 4, 16, 16)
    assert 0.03 < float(distribution.std.mean()) < 0.1
    # Most of the images can be told from the latents, even linearly.
    assert unexplained(images, distribution.mean) < 0.5
    torch.manual_seed(0)
    random = ImageCoder(type(parts.vae).from_config(parts.vae.config), None)
    assert unexplained(images, random.distribution(images).mean) > 0.7


def unexplained(images, latents):
    """Return the part of the images' variance that no linear map of their latents gives."""
    rows = functional.pixel_unshuffle(images, 2).permute(0, 2, 3, 1).reshape(-1, 4)
    latents = latents.permute(0, 2, 3, 1).reshape(-1, 4)
    latents = torch.cat([latents, torch.ones(len(latents), 1)], dim=1)
    rest = rows - latents @ torch.linalg.lstsq(latents, rows).solution
    return (rest.var() / rows.var()).item()
