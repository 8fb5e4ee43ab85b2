"""CycleGAN and Pix2pix of mmagic: what is corrected, and what a training step changes."""

import pytest
import torch
from mmengine import MessageHub
from torch.nn import functional
from toy_translation import SIZE, SMALL, full_config

from mmsar import randomness
from mmsar.apis import load_config
from mmsar.engine.optimizers import PartOptimisers
from mmsar.errors import ConfigError
from mmsar.registry import MODELS

pytest.importorskip('mmagic')
pytestmark = pytest.mark.filterwarnings('ignore:Unnecessary conv bias')
ADAM = {'optimizer': {'type': 'Adam', 'lr': 1e-3}}


def build(method, **changes):
    config = load_config(full_config(method))
    for key, value in SMALL[method].items():
        config.model[key] = {**config.model[key], **value} if isinstance(value, dict) else value
    torch.manual_seed(0)
    model = MODELS.build({**config.model, **changes})
    model.init_weights()
    return model


def batch():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand((2, 2, 1, SIZE, SIZE), generator=generator)
    return {'inputs': {'img_content': list(images[0]), 'img_style': list(images[1])}}


def step(model):
    """Return the names of the weights that a training step changes."""
    wrapper = PartOptimisers(dict.fromkeys(('generators', 'discriminators'), ADAM))(model)
    MessageHub.get_current_instance().update_info('iter', 0)
    randomness.begin_iteration(0, 0)
    before = {name: value.clone() for name, value in model.named_parameters()}
    losses = model.train_step(batch(), wrapper)
    moved = {n for n, value in model.named_parameters() if not torch.equal(value, before[n])}
    return moved, losses


@pytest.mark.parametrize('method', ['cyclegan', 'pix2pix'])
def test_a_step_changes_every_network(method):
    model = build(method)
    kernels = {name for name, value in model.named_parameters() if value.ndim == 4}
    for name in kernels:
        values = dict(model.named_parameters())[name]
        if values.numel() > 500:
            assert float(values.std()) == pytest.approx(0.02, rel=0.15), name
    moved, losses = step(model)
    assert kernels <= moved
    assert torch.isfinite(torch.as_tensor(losses['loss']))
    if method == 'cyclegan':
        state = model.training_state()
        assert {pool.shape for pool in state.values()} == {(2, 1, SIZE, SIZE)}
        assert {name.split('.')[1] for name in moved} == {'content', 'style'}
        other = build(method)
        other.load_training_state(state)
        assert torch.equal(other.training_state()['pool_style'], state['pool_style'])
        with pytest.raises(ConfigError, match='the model one of 1'):
            build(method, buffer_size=1).load_training_state(state)
    with pytest.raises(ConfigError, match='one process'):
        model(inputs=batch()['inputs'], data_samples=None, mode='loss')


def test_losses_of_pix2pix_equal_their_formulas():
    model = build('pix2pix')
    content, style, fake = torch.rand((3, 2, 1, SIZE, SIZE)) * 2 - 1
    outputs = {'real_content': content, 'real_style': style, 'fake_style': fake}
    score = model.discriminators['style']
    right, wrong = (score(torch.cat([content, image], 1)) for image in (style, fake))
    loss, _ = model._get_gen_loss(outputs)
    expected = functional.softplus(-wrong).mean() + 100 * (fake - style).abs().mean()
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    loss, _ = model._get_disc_loss(outputs)
    expected = (functional.softplus(-right).mean() + functional.softplus(wrong).mean()) / 2
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_weights_of_cyclegan_losses_are_the_published_ones():
    model = build('cyclegan')
    images = torch.rand((2, 1, 1, SIZE, SIZE))
    real = dict(zip(('real_content', 'real_style'), images, strict=True))
    made = {f'{kind}_{name}': real[f'real_{name}'] + 0.1
            for kind in ('fake', 'cycle') for name in ('content', 'style')}  # fmt: skip
    with torch.no_grad():
        _, found = model._get_gen_loss({**real, **made})
        distances = [
            (model.generators[name](real[f'real_{name}']) - real[f'real_{name}']).abs().mean()
            for name in ('content', 'style')
        ]
    assert float(found['cycle_loss']) == pytest.approx(2 * 10 * 0.1, rel=1e-5)
    assert float(found['id_loss']) == pytest.approx(5 * float(sum(distances)), rel=1e-5)


@pytest.mark.parametrize('method', ['cyclegan', 'pix2pix'])
def test_an_image_depends_on_nothing_else(method):
    """Not on chance (dropout), and not on the others of the batch."""
    model = build(method)
    model.train()
    for rows, columns in ((SIZE, SIZE), (19, 45)):
        contents = torch.rand((3, 1, rows, columns))
        made = model.migrate(contents, contents).images
        assert made.shape == contents.shape
        alone = torch.cat([model.migrate(image[None], contents).images for image in contents])
        torch.testing.assert_close(alone, made, rtol=0, atol=1e-5)
        assert model.training
