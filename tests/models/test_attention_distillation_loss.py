"""The losses of self-attention, against recorded values and a slow form."""

import functools
import json
import sys

import numpy as np
import pytest
import torch
from migration_plain import PublishedLoop
from torch import nn

from mmsar.errors import ConfigError, DataError
from mmsar.models.generation.attention_layers import choose_layers, self_attentions
from mmsar.registry import MODELS

diffusers = pytest.importorskip('diffusers')
FIRST = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1'


@pytest.fixture(scope='module')
def unet(small_stable_diffusion):
    network = diffusers.UNet2DConditionModel.from_pretrained(small_stable_diffusion / 'unet')
    return network.double().eval()


def build(unet, layers='paper', **settings):
    return MODELS.build(
        {'type': 'mmsar.AttentionDistillationLoss', 'unet': unet, 'layers': layers, **settings}
    )


def inputs(images=2, styles=1, size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(images, 4, size, size), (styles, 4, size, size), (images, 4, size, size), (1, 5, 32)]
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


@pytest.mark.parametrize('layers', ['attention_distillation', 'all'])
def test_published_values(shared, layers):
    folder = shared / 'reference'
    sys.path.insert(0, str(folder))
    try:
        import fill
    finally:
        sys.path.remove(str(folder))
    recorded = np.load(folder / 'attention_distillation.npz')
    settings = json.loads((folder / 'attention_distillation_unet.json').read_text())
    network = diffusers.UNet2DConditionModel(**settings)
    shapes = folder / 'attention_distillation_shapes.json'
    network.load_state_dict(fill.fill_state_dict(shapes, int(recorded['seed'])))
    loss = build(network.double(), layers)
    names = ('z', 'z_style', 'z_content', 'prompt_embeds')
    latents, style, content, prompt = (torch.from_numpy(recorded[name]) for name in names)
    latents.requires_grad_()
    for timestep in (981, 501, 21):
        found = loss(latents, style, content, timestep, prompt)
        total = (found['ad'] + 0.25 * found['content']).mean()
        (gradient,) = torch.autograd.grad(total, latents)
        found['grad'] = gradient
        for name, values in found.items():
            expected = torch.from_numpy(recorded[f'{layers}_{timestep}_{name}'])
            values = values if name == 'grad' else values.mean()
            torch.testing.assert_close(values.detach(), expected, rtol=0, atol=1e-8)


def test_sets_of_layers(unet):
    names = list(self_attentions(unet))
    assert len(names) == len(choose_layers(names, 'all')) == 16
    assert names[0] == FIRST
    assert names[6].startswith('mid_block')  # diffusers lists it last
    assert choose_layers(names, 'attention_distillation') == names[10:]
    assert choose_layers(names, 'paper') == [names[6], *names[7:10], *names[10:]]
    assert choose_layers(names, ['up_blocks.1', FIRST]) == [FIRST, *names[7:10]]


@pytest.mark.parametrize(
    ('layers', 'message'),
    [('deep', "layers='deep'"), (['up_blocks.7'], "'up_blocks.7'"), ([], 'layers is empty')],
)
def test_wrong_layers(unet, layers, message):
    with pytest.raises(ConfigError, match=message):
        build(unet, layers)


def test_networks_without_the_layers():
    with pytest.raises(ConfigError, match='has no self-attention'):
        build(nn.Conv2d(1, 1, 1))
    with pytest.raises(ConfigError, match='needs six self-attention layers'):
        choose_layers(['mid_block.attentions.0.transformer_blocks.0.attn1'], 'paper')


def test_slow_formula_for_several_styles(unet):
    latents, styles, content, prompt = inputs(styles=3)
    loss = build(unet, ['mid_block', 'up_blocks.3.attentions.1'])
    found = loss(latents, styles, content, 41, prompt)
    plain = PublishedLoop(unet, loss.layer_names, prompt)
    for number in range(2):
        ad = kept = 0.0
        with torch.no_grad():
            mine = plain._features(latents[number, None], 41)
            there = [plain._features(style[None], 41) for style in styles]
            before = plain._features(content[number, None], 41)
        for layer in range(2):
            query, _, _, output = mine[layer]
            keys, values = (torch.cat([s[layer][k] for s in there], dim=2) for k in (1, 2))
            scores = query @ keys.transpose(2, 3) / query.shape[-1] ** 0.5
            weights = scores.exp() / scores.exp().sum(dim=-1, keepdim=True)
            ad += float((output - weights @ values).abs().mean())
            kept += float((query - before[layer][0]).abs().mean())
        assert float(found['ad'][number]) == pytest.approx(ad, abs=1e-12)
        assert float(found['content'][number]) == pytest.approx(kept, abs=1e-12)


def test_gradient_goes_to_the_latents_alone(unet):
    given = [values.requires_grad_() for values in inputs()]
    found = build(unet, 'attention_distillation')(*given[:3], 501, given[3].detach())
    (found['ad'] + found['content']).sum().backward()
    assert given[0].grad.abs().amax(dim=(1, 2, 3)).min() > 0
    assert given[1].grad is given[2].grad is None
    assert all(weight.grad is None for weight in unet.parameters())


def test_content_may_be_the_image_or_none(unet):
    latents, style, _, prompt = inputs()
    loss = build(unet, ['mid_block'])
    assert loss(latents, style, latents.clone(), 1, prompt)['content'].tolist() == [0, 0]
    assert loss(latents, style, None, 1, prompt)['content'].tolist() == [0, 0]
    with pytest.raises(DataError, match='each image needs its content'):
        loss(latents, style, latents[:1], 1, prompt)


def test_unet_is_left_at_the_last_layer_and_as_it_was(unet):
    loss = build(unet, ['up_blocks.1'])
    before = unet.attn_processors
    calls = []
    handles = [
        unet.get_submodule(name).register_forward_hook(lambda *_, name=name: calls.append(name))
        for name in ('up_blocks.1.attentions.1', 'up_blocks.1.attentions.2', 'up_blocks.2')
    ]
    latents, style, _, prompt = inputs()
    loss(latents, style, None, 1, prompt)
    assert calls == ['up_blocks.1.attentions.1'] * 2  # style and image
    for handle in handles:
        handle.remove()
    assert unet.attn_processors == before
    with pytest.raises(RuntimeError):
        loss(latents, style, None, 1, prompt[..., :3])
    assert unet.attn_processors == before


def test_compiled(unet, monkeypatch):
    """As a single graph; without generating code, which takes minutes."""
    settings = {'backend': 'aot_eager', 'fullgraph': True}
    monkeypatch.setattr(torch, 'compile', functools.partial(torch.compile, **settings))
    given = inputs(images=1)
    given[0].requires_grad_()
    values = []
    for compiled in (False, True):
        loss = build(unet, [FIRST], compiled=compiled)
        for timestep in (981, 1):
            found = loss(*given[:3], timestep, given[3])
            total = (found['ad'] + found['content']).sum()
            values.append([total.detach(), torch.autograd.grad(total, given[0])[0]])
    for eager, compiled in zip(values[:2], values[2:], strict=True):
        torch.testing.assert_close(compiled, eager, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize('deep', ['mid_block', 'up_blocks.3.attentions.2'])
def test_layers_of_the_content_loss(unet, deep):
    """Each loss is that of its own layers, earlier or later ones."""
    latents, style, content, prompt = inputs(styles=2)
    layers = ['up_blocks.2']
    found = build(unet, layers, content_layers=[deep])(latents, style, content, 501, prompt)
    of_layers = build(unet, layers)(latents, style, content, 501, prompt)
    of_content = build(unet, [deep])(latents, style, content, 501, prompt)
    torch.testing.assert_close(found['ad'], of_layers['ad'], rtol=0, atol=1e-12)
    torch.testing.assert_close(found['content'], of_content['content'], rtol=0, atol=1e-12)
    with pytest.raises(ConfigError, match="no self-attention 'x'"):
        build(unet, layers, content_layers=['x'])
