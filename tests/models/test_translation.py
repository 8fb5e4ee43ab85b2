"""CUT and StarGAN: their losses, networks, and what a training step changes."""

import math

import pytest
import torch
from mmengine import MessageHub
from torch import nn

from mmsar import randomness
from mmsar.engine.optimizers import PartOptimisers
from mmsar.errors import ConfigError, DataError
from mmsar.models.generation.translation.blur import BlurDownsample, BlurUpsample
from mmsar.models.generation.translation.image_pool import ImagePool
from mmsar.models.generation.translation.patch_heads import PatchHeads, draw_places
from mmsar.models.generation.translation.translator import fill_up
from mmsar.models.losses.patch_nce import patch_nce
from mmsar.models.losses.wasserstein import gradient_penalty
from mmsar.registry import MODELS

CUT = dict(
    type='mmsar.CUT',
    generator=dict(type='mmsar.CUTGenerator', base_channels=4, num_blocks=1),
    discriminator=dict(type='mmsar.BlurPatchDiscriminator', base_channels=4, num_halvings=2),
    layers=(0, 4, 8, 12),
    patches=12,
    head_channels=8,
)
STARGAN = dict(
    type='mmsar.StarGAN',
    generator=dict(type='mmsar.StarGANGenerator', base_channels=4, num_blocks=1),
    discriminator=dict(
        type='mmsar.StarGANDiscriminator', image_size=16, base_channels=4, num_halvings=3
    ),
)
ADAM = dict(optimizer=dict(type='Adam', lr=1e-3, betas=(0.5, 0.999)))


def build(settings, **changes):
    torch.manual_seed(0)
    model = MODELS.build({**settings, **changes})
    model.init_weights()
    return model


def images(number, size=16, seed=0, channels=1):
    generator = torch.Generator().manual_seed(seed)
    shape = (number, channels, size, size)
    return 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1


def batch(size=16, **labels):
    content, style = (list((images(2, size, seed) + 1) / 2) for seed in (0, 1))
    found = {'inputs': {'img_content': content, 'img_style': style}}
    return {**found, 'labels': labels} if labels else found


def slow_nce(queries, keys, temperature):
    """Equation 3 of CUT, patch by patch; -10 stands where a patch would be its own negative."""
    found = torch.zeros(queries.shape[:2], dtype=torch.float64)
    for n in range(len(queries)):
        for p in range(queries.shape[1]):
            scores = [float(queries[n, p] @ key) for key in keys[n]]
            right = math.exp(scores[p] / temperature)
            wrong = sum(math.exp(s / temperature) for i, s in enumerate(scores) if i != p)
            wrong += math.exp(-10 / temperature)
            found[n, p] = -math.log(right / (right + wrong))
    return found


def test_contrastive_loss_equals_its_formula():
    queries, keys = (nn.functional.normalize(images(3, 5, seed)[:, 0], dim=-1) for seed in range(2))
    queries.requires_grad_()
    keys.requires_grad_()
    for temperature in (0.07, 1.0):
        found = patch_nce(queries, keys, temperature)
        torch.testing.assert_close(found, slow_nce(queries, keys, temperature))
    patch_nce(queries, keys).sum().backward()
    assert queries.grad.abs().max() > 0
    assert keys.grad is None
    # Each patch at its own place costs least.
    own = patch_nce(keys, keys).mean()
    assert own < patch_nce(keys.roll(1, dims=1), keys).mean()


def test_contrast_is_the_mean_over_layers_and_places():
    model = build(CUT).double()
    before, after = images(2), images(2, seed=1)
    randomness.begin_iteration(0, 7)
    found = model.contrast(before, after, 'content')
    total = 0.0
    for number, layer in enumerate(model.layers):
        features = []
        for image in (before, after):
            x = image
            for module in model.generator.layers[: layer + 1]:
                x = module(x)
            assert x.shape[1] == model.generator.layer_channels[layer]
            features.append(x)
        places = draw_places(x[0, 0].numel(), 12, f'content {layer}')
        assert len(set(places.tolist())) == 12
        vectors = [
            torch.stack([torch.stack([model.heads.heads[number](
                x[n, :, int(p) // x.shape[3], int(p) % x.shape[3]]) for p in places])
                for n in range(2)])
            for x in features
        ]  # fmt: skip
        key, query = (v / v.norm(dim=-1, keepdim=True) for v in vectors)
        total += float(slow_nce(query, key, 0.07).mean()) / len(model.layers)
    assert float(found) == pytest.approx(total, rel=1e-6)
    randomness.begin_iteration(0, 8)
    assert float(model.contrast(before, after, 'content')) != float(found)


def test_cut_losses_equal_their_formulas():
    model = build(CUT).double()
    content, style = images(2), images(2, seed=1)
    fake, same = model.generator(content), model.generator(style)
    score = model.discriminator
    found = float(model.discriminator_loss(fake, style))
    expected = (score(fake) ** 2).mean() / 2 + ((score(style) - 1) ** 2).mean() / 2
    assert found == pytest.approx(float(expected), rel=1e-12)
    losses = model.generator_losses(content, style, fake, same)
    assert float(losses['loss_gan']) == pytest.approx(float(((score(fake) - 1) ** 2).mean()))
    for name, pair in (('nce', (content, fake)), ('identity', (style, same))):
        draw = 'content' if name == 'nce' else 'style'
        assert float(losses[f'loss_{name}']) == float(0.5 * model.contrast(*pair, draw))
    alone = build(CUT, identity=False).double().generator_losses(content, style, fake, same)
    assert set(alone) == {'loss_gan', 'loss_nce'}
    assert float(alone['loss_nce']) == pytest.approx(2 * float(losses['loss_nce']), rel=1e-12)


def test_gradient_penalty_equals_its_formula():
    """Against differences of the scores, image by image."""
    model = build(STARGAN).double().discriminator
    real, fake = images(2), images(2, seed=1)
    shares = torch.tensor([0.3, 0.8], dtype=torch.float64)
    found = gradient_penalty(model.score, real, fake, shares)
    expected = 0.0
    for n in range(2):
        mixed = (shares[n] * real[n] + (1 - shares[n]) * fake[n])[None]
        directions = torch.eye(256, dtype=torch.float64).view(256, 1, 16, 16)
        with torch.no_grad():
            up, down = (
                model.score(mixed + sign * 1e-6 * directions).flatten(1).sum(1) for sign in (1, -1)
            )
        expected += (float(((up - down) / 2e-6).norm()) - 1) ** 2 / 2
    assert float(found) == pytest.approx(expected, rel=1e-6)
    found.backward()
    assert all(w.grad is not None for w in model.layers.parameters() if w.ndim == 4)
    # A plane of slope 1 costs nothing.
    weight = images(1)
    weight /= weight.norm()
    plane = gradient_penalty(lambda x: (x * weight).flatten(1).sum(1), real, fake, shares)
    assert float(plane) == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize('classes', [0, 3])
def test_stargan_losses_equal_their_formulas(classes):
    model = build(STARGAN, num_classes=classes).double()
    real = images(4)
    sensors, kinds = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 2]) * (classes > 0)
    own, wanted = model.one_hot(sensors, kinds), model.one_hot(1 - sensors, kinds)
    number = max(classes, 1)
    assert own.shape == (4, 2 * number)
    assert own.argmax(1).tolist() == (sensors * number + kinds).tolist()
    fake = model.generator(real, wanted).detach()
    shares = torch.full((4,), 0.5, dtype=torch.float64)
    found = model.discriminator_losses(real, fake, own, shares)
    scores, logits = model.discriminator(real)

    def entropy(logits, labels):
        return -(logits.log_softmax(1) * labels).sum(1).mean()

    expected = {
        'loss_d_real': -scores.mean(),
        'loss_d_fake': model.discriminator(fake)[0].mean(),
        'loss_d_label': entropy(logits, own),
        'loss_d_penalty': 10 * gradient_penalty(model.discriminator.score, real, fake, shares),
    }
    back = model.generator(fake, own)
    scores, logits = model.discriminator(fake)
    of_generator = {
        'loss_g_fake': -scores.mean(),
        'loss_g_label': entropy(logits, wanted),
        'loss_g_cycle': 10 * (real - back).abs().mean(),
    }
    for made, wished in ((found, expected), (model.generator_losses(real, own, wanted),
                                              of_generator)):  # fmt: skip
        assert made.keys() == wished.keys()
        for name, value in wished.items():
            assert float(made[name]) == pytest.approx(float(value), rel=1e-9), name


def changed(model, wrapper, data, iteration):
    """Return which parts a training step changes, and what it returns."""
    MessageHub.get_current_instance().update_info('iter', iteration)
    randomness.begin_iteration(0, iteration)
    before = {name: value.clone() for name, value in model.named_parameters()}
    losses = model.train_step(data, wrapper)
    moved = {
        name for name, value in model.named_parameters() if not torch.equal(value, before[name])
    }
    assert all(torch.isfinite(loss).all() and not loss.requires_grad for loss in losses.values())
    assert all(value.grad is None for value in model.parameters())
    return {name.split('.')[0] for name in moved}, moved, losses


def test_a_step_of_cut_changes_every_network():
    model = build(CUT)
    parts = dict.fromkeys(('generator', 'heads', 'discriminator'), ADAM)
    found, moved, losses = changed(model, PartOptimisers(parts)(model), batch(), 0)
    assert found == set(parts)
    # Biases before instance norm have no effect.
    weights = {name for name, value in model.named_parameters() if value.ndim > 1}
    assert weights <= moved
    assert set(losses) == {'loss', 'loss_d', 'loss_gan', 'loss_nce', 'loss_identity'}
    total = losses['loss_gan'] + losses['loss_nce'] + losses['loss_identity']
    assert float(losses['loss']) == pytest.approx(float(total))
    # The discriminator alone, and generator and heads alone.
    for still in parts:
        model = build(CUT)
        rates = {name: dict(optimizer=dict(type='SGD', lr=float(name != still))) for name in parts}
        found, _, _ = changed(model, PartOptimisers(rates)(model), batch(), 0)
        assert found == set(parts) - {still}


def test_the_generator_of_stargan_has_every_fifth_step():
    model = build(STARGAN)
    wrapper = PartOptimisers(dict(generator=ADAM, discriminator=ADAM))(model)
    for iteration in range(10):
        found, moved, losses = changed(model, wrapper, batch(), iteration)
        second = iteration % 5 == 4
        assert found == ({'generator', 'discriminator'} if second else {'discriminator'})
        assert ('loss_g_cycle' in losses) == second
        assert {n for n, w in model.named_parameters() if w.ndim == 4 and n.split('.')[0] in found
                } <= moved  # fmt: skip


def test_stargan_with_classes():
    model = build(STARGAN, num_classes=3)
    wrapper = PartOptimisers(dict(generator=ADAM, discriminator=ADAM))(model)
    changed(model, wrapper, batch(content=[0, 2], style=[1, 1]), 4)
    with pytest.raises(DataError, match='labelled=True'):
        model.train_step(batch(), wrapper)
    with pytest.raises(DataError, match=r'class number 3, and model\.num_classes=3'):
        model.train_step(batch(content=[0, 3], style=[1, 1]), wrapper)
    # In migration an image's class is what the discriminator takes it for.
    contents = (images(3, 24).float() + 1) / 2
    seen = []
    model.generator.register_forward_pre_hook(lambda module, args: seen.append(args[1]))
    model.migrate(contents, contents)
    guess = model.discriminator((2 * contents - 1)[..., 4:20, 4:20])[1][:, :3].argmax(1)
    assert seen[0].argmax(1).tolist() == (3 + guess).tolist()


@pytest.mark.parametrize('settings', [CUT, STARGAN], ids=['cut', 'stargan'])
def test_chips_of_any_size_migrate(settings):
    model = build(settings)
    model.train()
    for rows, columns in ((16, 16), (19, 30), (7, 18), (1, 3)):
        contents = torch.rand((2, 1, rows, columns), generator=torch.Generator().manual_seed(0))
        made = model.migrate(contents, contents)
        assert made.images.shape == contents.shape
        assert made.finite.all()
        assert made.images.min() >= 0
        assert made.images.max() <= 1
        assert model.training
    one = torch.cat([model.migrate(c[None], contents).images for c in contents])
    torch.testing.assert_close(one, model.migrate(contents, contents).images, rtol=0, atol=1e-5)
    with pytest.raises(DataError, match=r'must be in \[0, 1\]'):
        model.migrate(2 * contents + 1, contents)
    with pytest.raises(ConfigError, match='one process'):
        model(batch()['inputs'], mode='loss')


def test_filling_up_mirrors():
    row = torch.arange(3.0).view(1, 1, 1, 3)
    filled, rows, columns = fill_up(row, 8)
    assert filled.shape == (1, 1, 8, 8)
    assert filled[0, 0, 0].tolist() == [2, 1, 0, 1, 2, 1, 0, 1]
    assert torch.equal(filled[..., rows, columns], row)
    assert fill_up(row, 1)[0] is row
    assert fill_up(row, 4, 9)[0].shape == (1, 1, 12, 12)


def test_sizes_change_behind_a_filter():
    x = images(1, 6, channels=2)
    down = BlurDownsample()(x)
    padded = nn.functional.pad(x, (1, 1, 1, 1), mode='reflect')
    taps = torch.tensor([1.0, 2, 1], dtype=torch.float64) / 4
    kernel = torch.outer(taps, taps)
    expected = (padded[0, 1, 2:5, 4:7] * kernel).sum()
    assert down.shape == (1, 2, 3, 3)
    assert float(down[0, 1, 1, 2]) == pytest.approx(float(expected))
    up = BlurUpsample()(x)
    assert up.shape == (1, 2, 12, 12)
    # Between two values: three quarters of the nearer one, in rows and in columns.
    near, far = x[0, 0, 2, 2:4], x[0, 0, 3, 2:4]
    expected = 0.75 * (0.75 * near[0] + 0.25 * near[1]) + 0.25 * (0.75 * far[0] + 0.25 * far[1])
    assert float(up[0, 0, 5, 5]) == pytest.approx(float(expected))
    flat = torch.ones(1, 1, 6, 6)
    for layer in (BlurDownsample(), BlurUpsample()):
        torch.testing.assert_close(layer(flat).unique(), torch.ones(1))


def test_generator_of_cut_is_the_published_one():
    model = MODELS.build(dict(type='mmsar.CUTGenerator', base_channels=64, channels=3))
    # The published code prints 11.378 M for resnet_9blocks.
    assert round(sum(w.numel() for w in model.parameters()) / 1e6, 3) == 11.378
    with pytest.raises(ConfigError, match='rising numbers from 0 to 12'):
        build(CUT, layers=(0, 13))
    with pytest.raises(ConfigError, match='rising numbers'):
        build(CUT, layers=(4, 0))
    with pytest.raises(ConfigError, match='from 2 patches'):
        build(CUT, patches=1)
    with pytest.raises(ConfigError, match='cannot be halved 3 times'):
        build(STARGAN, discriminator={**STARGAN['discriminator'], 'image_size': 20})
    with pytest.raises(DataError, match=r'chips are \(24, 24\)'):
        build(STARGAN).discriminator(images(1, 24).float())


def test_heads_are_there_from_the_start():
    heads = PatchHeads([1, 4], 8)
    assert [head[0].in_features for head in heads.heads] == [1, 4]
    features = [torch.rand(2, 1, 3, 3), torch.rand(2, 4, 2, 2)]
    found = heads(features, [torch.tensor([8, 0]), torch.tensor([1])])
    assert [tuple(values.shape) for values in found] == [(2, 2, 8), (2, 1, 8)]
    torch.testing.assert_close(found[0].norm(dim=-1), torch.ones(2, 2))


def test_image_pool():
    pool = ImagePool(4, 'a')
    new = [torch.full((3, 1, 2, 2), float(step)) + torch.arange(3).view(3, 1, 1, 1) / 10
           for step in range(60)]  # fmt: skip
    randomness.begin_iteration(0, 0)
    assert torch.equal(pool.query(new[0]), new[0])
    old, total = 0, 0
    for step in range(1, 60):
        randomness.begin_iteration(0, step)
        held = [float(image[0, 0, 0]) for image in pool.images]
        given = pool.query(new[step].requires_grad_())
        assert not given.requires_grad
        now = [float(image[0, 0, 0]) for image in pool.images]
        fresh = [float(x) for x in new[step][:, 0, 0, 0]]
        # Nothing is lost or doubled: what goes out was held or is new, what is kept likewise.
        assert sorted([*held, *fresh]) == pytest.approx(
            sorted([*now, *(float(x) for x in given[:, 0, 0, 0])])
            if len(held) == 4 else sorted([*held, *fresh])
        )  # fmt: skip
        if len(held) == 4:
            old += sum(float(x) in held for x in given[:, 0, 0, 0])
            total += 3
    assert 0.35 < old / total < 0.65
    again = ImagePool(4, 'a')
    again.load_state(pool.state())
    randomness.begin_iteration(0, 99)
    one = pool.query(new[5])
    randomness.begin_iteration(0, 99)
    assert torch.equal(one, again.query(new[5]))
    assert torch.equal(pool.state(), again.state())
    empty = ImagePool(0)
    assert empty.query(new[0]) is new[0]
    assert empty.state().shape == (0,)
    empty.load_state(empty.state())
    with pytest.raises(ConfigError, match='image pool of 4 images'):
        ImagePool(2).load_state(pool.state())
    with pytest.raises(ConfigError, match='from 0'):
        ImagePool(-1)


@pytest.mark.filterwarnings('ignore:Detected call of')
def test_rates_fall_as_published():
    """The LambdaLR of pytorch-CycleGAN-and-pix2pix and of CUT, at each epoch."""
    from mmengine.config import Config
    from mmengine.registry import PARAM_SCHEDULERS
    from toy_translation import full_config

    schedule = Config.fromfile(full_config('cut')).param_scheduler
    model = build(CUT)
    slow = dict(optimizer=dict(type='Adam', lr=1e-4))
    parts = dict.fromkeys(('generator', 'heads', 'discriminator'), slow)
    wrapper = PartOptimisers(parts)(model)
    schedulers = [
        PARAM_SCHEDULERS.build(settings, default_args={'optimizer': one})
        for settings in schedule
        for one in wrapper.values()
    ]
    for epoch in range(200):
        for name, rates in wrapper.get_lr().items():
            expected = 1e-4 * (1 - max(0, epoch + 1 - 100) / 101)
            assert rates == pytest.approx([expected], rel=1e-9), (name, epoch)
        for scheduler in schedulers:
            scheduler.step()
