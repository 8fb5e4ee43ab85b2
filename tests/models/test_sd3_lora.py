"""Stable Diffusion 3 with LoRA: adapters, caches, what is trained, images."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_generation import PROMPTS, images

from mmsar import randomness
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.models.generation import SD3LoRA
from mmsar.models.generation.sd3.adapter_files import FILE
from mmsar.models.generation.sd3.adapters import read_settings

diffusers = pytest.importorskip('diffusers')
pytest.importorskip('peft')


def build(folder: Path, **changes: Any) -> SD3LoRA:
    settings = {'size': None, 'dtype': 'float32', 'prompt_length': 32, 'lora': {'rank': 4}}
    return SD3LoRA(str(folder), **{**settings, **changes})


def loss(model: SD3LoRA, iteration: int = 0, size: int = 32) -> torch.Tensor:
    randomness.begin_iteration(0, iteration)
    return model.loss(images(size=size), PROMPTS)['loss_flow']


def value(model: SD3LoRA, iteration: int = 0) -> float:
    return float(loss(model, iteration).detach())


def train(model: SD3LoRA, steps: int = 3) -> SD3LoRA:
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.02)
    for step in range(steps):
        optimizer.zero_grad()
        loss(model, step).backward()
        optimizer.step()
    return model


def plain_pipeline(folder: Path, prompts: list[str], seeds: list[int], adapters: Path | None):
    """Return latents of diffusers' own pipeline."""
    pipeline = diffusers.StableDiffusion3Pipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    if adapters is not None:
        pipeline.load_lora_weights(adapters, weight_name=FILE)
    noise = [torch.randn((16, 8, 8), generator=torch.Generator().manual_seed(s)) for s in seeds]
    return pipeline(
        prompts, negative_prompt=[''] * len(prompts), latents=torch.stack(noise), height=32,
        width=32, num_inference_steps=3, guidance_scale=4.5, max_sequence_length=32,
        output_type='latent',
    ).images  # fmt: skip


def test_adapters_in_a_plain_pipeline(tiny_sd3, tmp_path):
    model = train(build(tiny_sd3, lora={'rank': 4, 'output': True}))
    file = model.save_adapters(tmp_path / 'adapters')
    assert [path.name for path in file.parent.iterdir()] == [FILE]
    prompts, seeds = PROMPTS[:2], [5, 6]
    found = model.generate(prompts, seeds, (32, 32), steps=3, guidance=4.5)
    latents = plain_pipeline(tiny_sd3, prompts, seeds, tmp_path / 'adapters')
    expected = model.coder.decode(latents, (32, 32)).clamp(0, 1)
    torch.testing.assert_close(found, expected.detach(), rtol=0, atol=2e-5)
    # They change something, and a model of ours takes them back.
    fresh = build(tiny_sd3, lora={'rank': 4, 'output': True})
    before = fresh.generate(prompts, seeds, (32, 32), steps=3, guidance=4.5)
    assert (before - found).abs().max() > 1e-3
    without = plain_pipeline(tiny_sd3, prompts, seeds, None)
    torch.testing.assert_close(
        before, model.coder.decode(without, (32, 32)).clamp(0, 1).detach(), rtol=0, atol=2e-5
    )
    fresh.load_adapters(tmp_path / 'adapters')
    assert torch.equal(fresh.generate(prompts, seeds, (32, 32), steps=3), found)


def test_keys_of_the_file(tiny_sd3, tmp_path):
    """diffusers' names, which ComfyUI maps as 'regular diffusers sd3 lora format'."""
    from safetensors import safe_open

    model = build(tiny_sd3)
    file = model.save_adapters(tmp_path)
    joint = [f'attn.{name}' for name in ('to_q', 'to_k', 'to_v', 'add_q_proj', 'add_k_proj',
                                         'add_v_proj')]  # fmt: skip
    layers = [f'0.{name}' for name in joint] + [f'1.{name}' for name in joint]
    layers += [f'0.attn2.{name}' for name in ('to_q', 'to_k', 'to_v')]  # only the first has it
    expected = {
        f'transformer.transformer_blocks.{layer}.lora_{factor}.weight'
        for layer, factor in itertools.product(layers, 'AB')
    }
    with safe_open(file, 'pt') as opened:
        assert set(opened.keys()) == expected
        metadata = opened.metadata()['lora_adapter_metadata']
    # The factor is 1, with or without the metadata.
    assert re.search(r'"transformer.lora_alpha": 4\b', metadata)
    assert re.search(r'"transformer.r": 4\b', metadata)
    # Checkpoints have the same keys, and nothing else.
    assert set(model.state_dict()) == expected
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained == expected


@pytest.mark.parametrize(('lora', 'number'), [
    ({}, 15), ({'output': True}, 19), ({'second': False}, 12), ({'blocks': [1]}, 6),
])  # fmt: skip
def test_adapted_layers(tiny_sd3, lora, number):
    # Output projections: of images in both blocks, of text in the first, of its second attention.
    model = build(tiny_sd3, lora=lora)
    assert len(model.state_dict()) == 2 * number


def test_frozen_parts_stay(tiny_sd3):
    model = build(tiny_sd3)
    before = {k: v.clone() for k, v in model.network.state_dict().items() if 'lora' not in k}
    train(model)
    after = model.network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert any(value.abs().max() > 0 for name, value in after.items() if 'lora_B' in name)


def test_caches_give_the_uncached_loss(tiny_sd3, tmp_path, monkeypatch):
    plain = build(tiny_sd3)
    cached = build(tiny_sd3, cache=str(tmp_path))
    expected = [value(plain, step) for step in range(3)]
    assert len(set(expected)) == 3
    assert [value(cached, step) for step in range(3)] == pytest.approx(expected, abs=1e-6)
    assert len(list(tmp_path.rglob('*.safetensors'))) == 6  # three images, three prompts
    # Another start reads all, in any order of the images, without encoders.
    again = build(tiny_sd3, cache=str(tmp_path))
    monkeypatch.setattr(again.coder, 'moments', None)
    monkeypatch.setattr(again.prompts, '_load', None)
    assert [value(again, step) for step in range(3)] == pytest.approx(expected, abs=1e-6)
    order = torch.tensor([2, 0, 1])
    distributions = again.latents.distribution(images())
    assert torch.equal(again.latents.distribution(images()[order]), distributions[order])
    # Other weights of the autoencoder, another size or image: nothing is taken.
    with torch.no_grad():
        cached.parts.vae.encoder.conv_in.bias.add_(1)
    cached.latents._cache = None
    assert not torch.allclose(cached.latents.distribution(images()), distributions)
    monkeypatch.setattr(again.coder, 'moments', lambda x: torch.zeros(len(x), 32, 8, 8))
    changed = images()
    changed[1, 0, 3, 3] += 1e-3
    found = again.latents.distribution(changed)
    assert torch.equal(found[[0, 2]], distributions[[0, 2]])
    assert found[1].abs().max() == 0


def test_damaged_cache(tiny_sd3, tmp_path):
    model = build(tiny_sd3, cache=str(tmp_path))
    loss(model)
    for path in tmp_path.rglob('*.safetensors'):
        path.write_bytes(b'broken')
    with pytest.raises(DataError, match=r'safetensors is damaged .* delete it'):
        loss(build(tiny_sd3, cache=str(tmp_path)))


def test_prompts_are_embedded_as_by_the_pipeline(tiny_sd3):
    model = build(tiny_sd3)
    assert model.prompts.prepare([*PROMPTS, PROMPTS[0]]) == 3
    assert model.prompts.prepare(PROMPTS) == 0
    assert model.prompts._encoders is None
    tokens, pooled = model.prompts(PROMPTS[::-1])
    pipeline = diffusers.StableDiffusion3Pipeline.from_pretrained(tiny_sd3)
    expected = pipeline.encode_prompt(
        PROMPTS, PROMPTS, PROMPTS, do_classifier_free_guidance=False, max_sequence_length=32
    )
    torch.testing.assert_close(tokens.flip(0), expected[0].detach(), rtol=0, atol=1e-5)
    torch.testing.assert_close(pooled.flip(0), expected[2].detach(), rtol=0, atol=1e-5)
    without = build(tiny_sd3, t5=False)
    tokens, _ = without.prompts(PROMPTS[:1])
    assert tokens[0, 32:].abs().max() == 0


def test_an_image_does_not_depend_on_its_batch(tiny_sd3):
    model = train(build(tiny_sd3, dtype='float64'), 1)
    prompts, seeds = PROMPTS[:2] * 2, [1, 2, 3, 4]
    batch = model.generate(prompts, seeds, (32, 24), steps=3)
    assert batch.shape == (4, 1, 32, 24)
    single = [model.generate([p], [s], (32, 24), steps=3) for p, s in zip(prompts, seeds,
                                                                        strict=True)]  # fmt: skip
    torch.testing.assert_close(batch, torch.cat(single), rtol=0, atol=1e-6)
    assert (batch[0] - batch[2]).abs().max() > 1e-3
    # Neither does it change the training that goes on.
    assert model.training


def test_gradient_checkpointing_and_bfloat16(tiny_sd3):
    plain, checkpointed = (build(tiny_sd3, gradient_checkpointing=on) for on in (False, True))
    for model in (plain, checkpointed):
        train(model, 2)
    for a, b in zip(plain.parameters(), checkpointed.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
    half = build(tiny_sd3, dtype='bfloat16')
    assert {p.dtype for p in half.parameters()} == {torch.float32}
    base = half.network.transformer_blocks[0].attn.to_q.base_layer
    assert base.weight.dtype == torch.bfloat16
    expected = value(build(tiny_sd3))
    assert value(half) == pytest.approx(expected, rel=0.02)
    train(half, 1)
    assert half.generate(PROMPTS[:1], [0], (32, 32), steps=2).isfinite().all()


def test_a_whole_transformer(tiny_sd3, tmp_path):
    model = build(tiny_sd3, lora=None)
    assert all(p.requires_grad for p in model.parameters())
    assert not any(key.startswith('vae') for key in model.state_dict())
    train(model, 2)
    found = model.generate(PROMPTS[:1], [0], (32, 32), steps=3)
    model.export(tmp_path / 'new')
    latents = plain_pipeline(tmp_path / 'new', PROMPTS[:1], [0], None)
    expected = model.coder.decode(latents, (32, 32)).clamp(0, 1).detach()
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5)
    with pytest.raises(ConfigError, match='exists'):
        model.export(tmp_path / 'new')
    with pytest.raises(ConfigError, match='no adapters to save'):
        model.save_adapters(tmp_path)


def test_bad_arguments(tiny_sd3, tmp_path):
    for changes, match in (
        ({'dtype': 'float16'}, 'float16 overflows'),
        ({'lora': None, 'dtype': 'bfloat16'}, "set dtype='float32'"),
        ({'lora': {'ranks': 3}}, "lora has no 'ranks'"),
        ({'lora': {'rank': 0}}, 'lora.rank=0'),
        ({'lora': {'blocks': [2]}}, 'the transformer has 0 to 1'),
        ({'flow': {'shape': 1}}, 'it has density'),
    ):
        with pytest.raises(ConfigError, match=match):
            build(tiny_sd3, **changes)
    with pytest.raises(ConfigError, match='init'):
        read_settings({'init': 'zero'})
    model = build(tiny_sd3)
    with pytest.raises(ConfigError, match='a prompt for each image'):
        model(images(), None, mode='loss')
    with pytest.raises(ConfigError, match="it has 'loss' and 'predict'"):
        model(images(), None)
    with pytest.raises(CheckpointError, match='does not exist'):
        model.load_adapters(tmp_path)
    build(tiny_sd3, lora={'rank': 2}).save_adapters(tmp_path)
    with pytest.raises(CheckpointError, match=r'does not fit the adapters.*of another shape'):
        model.load_adapters(tmp_path)
    (tmp_path / FILE).write_bytes(b'broken')
    with pytest.raises(CheckpointError, match='cannot be read'):
        model.load_adapters(tmp_path)
    with pytest.raises(DataError, match='loses resolution'):
        build(tiny_sd3, size=16).loss(images(), PROMPTS)
