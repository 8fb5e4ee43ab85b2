"""Training autoencoder and U-Net of a diffusion model, and publishing them."""

import shutil

import pytest
import torch
from model_converters.publish_stable_diffusion import main as publish
from torch.nn import functional

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.stable_diffusion import load_stable_diffusion
from mmsar.randomness import draw_for_batch
from mmsar.registry import MODELS

pytest.importorskip('diffusers')


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
    before = float(model.latent_variance)
    losses = model(images, mode='loss')
    assert set(losses) == {'loss_pixels'}
    losses['loss_pixels'].backward()
    trained = {name.split('.')[1] for name, w in model.named_parameters() if w.grad is not None}
    assert trained == {'decoder', 'post_quant_conv'}
    assert float(model.latent_variance) == before


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


def test_from_training_to_a_folder(small_stable_diffusion, images, tmp_path):
    autoencoder = build('LatentAutoencoder', small_stable_diffusion)
    with torch.no_grad():
        autoencoder.vae.encoder.conv_out.weight.mul_(3)
    latents = autoencoder.coder.distribution(images).mean
    for _ in range(2000):  # the variance is followed
        autoencoder._follow(latents)
    torch.save({'state_dict': autoencoder.state_dict()}, tmp_path / 'vae.pth')
    publish([str(small_stable_diffusion), str(tmp_path / 'vae.pth'), str(tmp_path / 'a')])
    parts = load_stable_diffusion(str(tmp_path / 'a'))
    assert float(ImageCoder(parts.vae, None).encode(images).var()) == pytest.approx(1, rel=0.05)
    original = load_stable_diffusion(str(small_stable_diffusion))
    assert torch.equal(parts.unet.conv_in.weight, original.unet.conv_in.weight)

    diffusion = build('LatentDiffusion', tmp_path / 'a')
    with torch.no_grad():
        diffusion.unet.conv_in.weight.add_(1)
    torch.save({'state_dict': diffusion.state_dict()}, tmp_path / 'unet.pth')
    publish([str(tmp_path / 'a'), str(tmp_path / 'unet.pth'), str(tmp_path / 'b')])
    parts = load_stable_diffusion(str(tmp_path / 'b'))
    assert torch.equal(parts.unet.conv_in.weight, original.unet.conv_in.weight + 1)
    assert torch.equal(parts.vae.encoder.conv_out.weight, autoencoder.vae.encoder.conv_out.weight)
    assert ImageCoder(parts.vae, None).scale == pytest.approx(diffusion.coder.scale)


def test_what_cannot_be_published(small_stable_diffusion, tmp_path):
    diffusion = build('LatentDiffusion', small_stable_diffusion)
    file, out = tmp_path / 'unet.pth', tmp_path / 'out'
    state = diffusion.state_dict()
    torch.save({'state_dict': {**state, 'vae.encoder.conv_in.bias': torch.ones(8)}}, file)
    arguments = [str(small_stable_diffusion), str(file), str(out)]
    with pytest.raises(CheckpointError, match='behind another autoencoder'):
        publish(arguments)
    torch.save({'state_dict': {k: v for k, v in state.items() if 'conv_in' not in k}}, file)
    with pytest.raises(CheckpointError, match=r'unet\.pth, weights named unet.*missing'):
        publish(arguments)
    assert not out.exists()
    shutil.copytree(small_stable_diffusion, out)
    with pytest.raises(ConfigError, match='exists'):
        publish(arguments)
    with pytest.raises(ConfigError, match='no folder'):
        publish([str(tmp_path / 'none'), str(file), str(tmp_path / 'new')])


def test_wrong_settings(small_stable_diffusion):
    for settings in ({'part': 'encoder'}, {'kl_weight': -1}):
        with pytest.raises(ConfigError, match='LatentAutoencoder'):
            build('LatentAutoencoder', small_stable_diffusion, **settings)
