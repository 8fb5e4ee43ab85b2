"""Configs of generation: those of published models are built without their weights."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import HOOKS, LOOPS, VISUALIZERS, init_default_scope

from mmsar.apis import load_config
from mmsar.engine.generation.settings import read_settings
from mmsar.errors import ConfigError
from mmsar.models.generation import SD3LoRA
from mmsar.models.generation.sd3.architectures import ARCHITECTURES
from mmsar.models.generation.sd3.loading import build_stable_diffusion_3
from mmsar.registry import MODELS, TRANSFORMS
from mmsar.simulation.aircraft import AIRFRAMES, OTHER_AIRFRAMES

pytest.importorskip('diffusers')
pytest.importorskip('peft')

CONFIGS = Path(__file__).parent.parent.parent / 'configs' / 'cross_sensor'
ALL = sorted(CONFIGS.glob('sd3*.py'))
SIZES = {'sd3.5-medium': 'sd3.5-medium', 'sd3.5-large': 'sd3.5-large', 'sd3-tiny': 'tiny',
         'sd3-mini': 'mini'}  # fmt: skip

# Weights of the published transformers.
BILLIONS = {'sd3.5-medium': 2.24, 'sd3.5-large': 8.06}


def test_there_are_configs():
    assert {path.stem.split('_')[0].removesuffix('-lora') for path in ALL} == set(SIZES)


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_config_builds(path):
    config = load_config(path)
    init_default_scope(config.default_scope)
    size = SIZES[path.stem.split('_')[0].removesuffix('-lora')]
    with torch.device('meta'):
        parts = build_stable_diffusion_3(ARCHITECTURES[size])
        model = MODELS.build({**config.model, 'pretrained': parts})
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    whole = sum(p.numel() for p in parts.transformer.parameters())
    if config.model.lora is None:
        assert trained == whole
    else:
        # Queries, keys and values: six layers a block, and three in those with a second attention.
        blocks = parts.transformer.transformer_blocks
        layers = 6 * len(blocks) + 3 * sum(block.attn2 is not None for block in blocks)
        width = ARCHITECTURES[size].transformer['caption_projection_dim']
        assert trained == layers * 2 * config.model.lora.rank * width
    if size in BILLIONS:
        assert round((whole - trained) / 1e9, 2) == BILLIONS[size]
        vae = sum(p.numel() for p in parts.vae.parameters())
        assert round(vae / 1e6, 1) == 83.8
    for hook in (*config.default_hooks.values(), *config.custom_hooks):
        HOOKS.build(hook)
    VISUALIZERS.build({**config.visualizer, 'vis_backends': []})
    assert LOOPS.get(config.train_cfg.type) is not None
    assert Config.fromstring(config.pretty_text, '.py').model == config.model


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_what_is_trained_is_what_is_generated(path):
    config = load_config(path)
    chips = config.train_dataloader.dataset.dataset
    stretch, prompt = chips.pipeline[1:3]
    settings = dict(config.test_cfg)
    assert settings.pop('type') == 'mmsar.GenerationLoop'
    found = read_settings(settings)
    names = OTHER_AIRFRAMES if 'other' in path.stem else AIRFRAMES
    assert tuple(chips.metainfo.classes) == tuple(found.prompt['classes']) == tuple(names)
    trained = TRANSFORMS.build(prompt)
    texts = {trained.prompt_of({'gt_label': n}) for n in range(len(names))}
    assert {image.prompt for image in found.wanted()} == texts
    assert len(texts) == len(names)
    assert trained.dropout > 0
    inverse, forward = found.inverse(), TRANSFORMS.build(stretch)
    assert (inverse.low, inverse.high, inverse.domain) == (forward.low, forward.high, 'amplitude')


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_config_is_repeatable_and_kill_safe(path):
    config = load_config(path)
    assert config.train_dataloader.sampler.type == 'mmsar.ClassBalancedSampler'
    assert config.train_dataloader.batch_sampler.type == 'mmsar.ResumableBatchSampler'
    assert config.train_dataloader.dataset.type == 'mmsar.SeededDataset'
    assert config.default_hooks.seed.type == 'mmsar.SeedHook'
    assert config.default_hooks.checkpoint.type == 'mmsar.AtomicCheckpointHook'
    assert config.randomness.seed is not None


def test_paper_settings():
    """Equation 13: queries, keys and values, of the second attention too."""
    config = load_config(CONFIGS / 'sd3.5-medium-lora_512_aircraft.py')
    assert config.model.pretrained == 'stabilityai/stable-diffusion-3.5-medium'
    assert (config.model.lora.output, config.model.lora.second) == (False, True)
    assert config.model.flow.density == 'logit_normal'
    large = load_config(CONFIGS / 'sd3.5-large-lora_512_aircraft.py')
    assert large.model.pretrained == 'stabilityai/stable-diffusion-3.5-large'


def test_autoencoder_learns(tiny_sd3, tmp_path):
    """What is exported has latents of mean 0 and variance 1, and does the same."""
    path = CONFIGS / 'autoencoder-mini_64_other-aircraft.py'
    config = load_config(path, {'model.pretrained': str(tiny_sd3)})
    model = MODELS.build(config.model)
    model._MOMENTUM = 0.5
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    generator = torch.Generator().manual_seed(0)
    images = torch.rand((2, 1, 32, 32), generator=generator)
    values = []
    for _ in range(8):
        losses = model(images, mode='loss')
        values.append(losses['loss_pixels'].item())
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    assert values[-1] < 0.9 * values[0]
    model.export(tmp_path / 'out')
    read = SD3LoRA(str(tmp_path / 'out'), dtype='float32', size=None, lora=None)
    latents = read.latents(images)
    assert abs(latents.mean().item()) < 0.3
    assert latents.std().item() == pytest.approx(1, abs=0.3)
    means = read.coder.encode(images)
    with torch.no_grad():
        expected = model(images, mode='tensor')
        made = read.coder.decode(means, (32, 32)).clamp(0, 1)
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-4)
    with pytest.raises(ConfigError, match='exists'):
        model.export(tmp_path / 'out')
