"""Configs of the adversarial baselines: what the paper says of them, and what migration needs."""

from pathlib import Path

import pytest
from mmengine.registry import DATASETS
from toy_translation import METHODS, full_config, write_chips

from mmsar.apis import load_config

CONFIGS = Path(__file__).parent.parent.parent / 'configs' / 'cross_sensor'


@pytest.mark.parametrize('method', METHODS)
def test_settings_of_the_paper(method):
    """200 epochs, batch 12, Adam for all networks with an initial rate of 1e-4."""
    config = load_config(full_config(method))
    assert config.train_cfg.max_epochs == 200
    images = config.train_dataloader.batch_size * (2 if method == 'stargan' else 1)
    assert images == 12
    parts = dict(config.optim_wrapper)
    assert parts.pop('constructor') == 'mmsar.PartOptimisers'
    for part in parts.values():
        optimiser = part.optimizer
        assert (optimiser.type, optimiser.lr, tuple(optimiser.betas)) == (
            'Adam',
            1e-4,
            (0.5, 0.999),
        )


@pytest.mark.parametrize('path', [p for m in METHODS for p in CONFIGS.glob(f'{m}*.py')],
                         ids=lambda path: path.stem)  # fmt: skip
def test_training_and_migration_see_the_same_values(path):
    config = load_config(path)
    data = config.train_dataloader.dataset.dataset
    load, stretch = data.pipeline[:2]
    assert config.test_cfg.type == 'mmsar.MigrationLoop'
    assert dict(stretch) == {
        'type': 'mmsar.StretchSAR',
        'out': (0.0, 1.0),
        **config.test_cfg.stretch,
    }
    assert dict(load) == {'type': 'mmsar.LoadSARImage', 'channels': 1, **config.test_cfg.load}
    schedule, epochs = config.param_scheduler[0], config.train_cfg.max_epochs
    assert (schedule.begin, schedule.end) == (epochs // 2 - 1, epochs + 1)
    assert config.default_hooks.training_state.type == 'mmsar.TrainingStateHook'
    small = 'small' in path.stem
    assert ('RandomChipCrop' in str(data.augment)) == (small and 'pix2pix' not in path.stem)


@pytest.mark.parametrize('method', METHODS)
def test_data_root_moves_both_sensors(tmp_path, method):
    write_chips(tmp_path)
    config = load_config(full_config(method), {'data_root': f'{tmp_path}/'})
    data = DATASETS.build(config.train_dataloader.dataset)
    assert (len(data.dataset.content), len(data.dataset.style)) == (7, 4)
    inputs = data[0]['inputs']
    assert {image.shape for image in inputs.values()} == {(1, 64, 64)}  # mirrored at the borders
