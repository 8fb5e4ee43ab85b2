"""Configs of migration: they are built, and the small one migrates."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmsar.apis import load_config
from mmsar.registry import MODELS

CONFIGS = Path(__file__).parent.parent.parent / 'configs' / 'cross_sensor'
ALL = sorted(
    path
    for kind in ('attention-distillation', 'histogram-matching', 'respeckle')
    for path in CONFIGS.glob(f'{kind}*.py')
)


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_config_builds(path):
    config = load_config(path)
    model = MODELS.build(config.model)  # loads nothing yet
    assert getattr(model, 'attention_loss', None) is None
    assert config.default_scope == 'mmsar'
    assert 'mmsar' in config.custom_imports.imports
    assert Config.fromstring(config.pretty_text, '.py').model == config.model


def test_values_of_simulated_aircraft_are_those_of_the_networks():
    """What networks were trained on, what migration shows them and what its speckle loss thinks."""
    data = load_config(CONFIGS / 'autoencoder-small_1xb8-2k_aircraft.py')
    stretch = next(
        step
        for step in data.train_dataloader.dataset.dataset.pipeline
        if step.type == 'mmsar.StretchSAR'
    )
    for path in CONFIGS.glob('*_*aircraft*.py'):
        config = load_config(path)
        if config.get('test_cfg', {}).get('type') == 'mmsar.MigrationLoop':
            found = dict(type='mmsar.StretchSAR', out=(0.0, 1.0), **config.test_cfg.stretch)
            assert found == stretch
            of_speckle = config.model.get('speckle', config.model)
            assert of_speckle.get('power', stretch.power) == stretch.power


def test_paper_settings():
    """What the paper gives; steps and rate of the published code of Attention Distillation."""
    model = load_config(CONFIGS / 'attention-distillation_sd15_512.py').model
    assert model.weights == dict(ad=1.0, content=0.25, speckle=0.1, high_frequency=0.1)
    assert (model.size, model.steps, model.lr, model.prompt) == (512, 200, 0.05, '')
    # The class itself has the same by default.
    built = MODELS.build(dict(type='mmsar.AttentionDistillation', pretrained='nowhere'))
    assert built.weights == model.weights
    assert (built.size, built.steps, built.lr, built.prompt) == (512, 200, 0.05, '')
    assert built.layers == model.layers == 'paper'
    for name in ('patches', 'size', 'domain'):
        assert getattr(built.speckle, name) == model.speckle[name]
    for name in ('mode', 'cutoff'):
        assert getattr(built.high_frequency, name) == model.high_frequency[name]


def test_small_config_migrates(small_stable_diffusion):
    options = {'model.pretrained': str(small_stable_diffusion), 'model.steps': 2}
    config = load_config(CONFIGS / 'attention-distillation_small_64.py', options)
    generator = torch.Generator().manual_seed(0)
    contents, styles = torch.rand(2, 1, 1, 48, 48, generator=generator) * 0.8 + 0.1
    found = MODELS.build(config.model).migrate(contents, styles)
    assert found.images.shape == (1, 1, 48, 48)
    assert found.finite.all()
    assert len(found.losses['high_frequency']) == 2
