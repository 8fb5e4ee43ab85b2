"""A cross-sensor experiment that takes seconds: few simulated chips, a classifier of one epoch."""

from pathlib import Path
from typing import Any

import numpy as np

from mmsar.io import write_raster
from mmsar.randomness import derive_seed
from mmsar.simulation.aircraft import C_BAND_3M, X_BAND_1M, draw_scene, simulate_chip

CONFIGS = Path(__file__).parent.parent / 'configs' / 'cross_sensor'
CLASSES = ('B-52', 'F-16')
SIZE = 32

CLASSIFIER = f"""
_base_ = {str(CONFIGS / 'resnet18-slim_aircraft.py')!r}
model = dict(backbone=dict(base_channels=4, stem_channels=4), head=dict(in_channels=32))
_base_.train_dataloader.batch_size = 4
for loader in (_base_.train_dataloader, _base_.test_dataloader):
    loader.num_workers = 0
    loader.persistent_workers = False
_base_.train_dataloader.dataset.dataset.pipeline[2].scale = {SIZE}
_base_.test_dataloader.dataset.pipeline[2].scale = {SIZE}
train_dataloader = _base_.train_dataloader
test_dataloader = _base_.test_dataloader
"""


def write_chips(folder: Path) -> None:
    """Write a few chips of each class by both sensors, and some that pass for generated ones."""
    for name, sensor, count in (
        ('sar1', X_BAND_1M, 3),
        ('sar2', C_BAND_3M, 4),
        ('generated', X_BAND_1M, 2),
    ):
        for label in CLASSES:
            for number in range(count):
                rng = np.random.default_rng(derive_seed('toy', name, label, number))
                scene = draw_scene(label, rng)
                chip = simulate_chip(scene, sensor, rng, size=SIZE, spacing=1.2)
                values = (1000 * chip).clip(1, 65535).astype(np.uint16)
                write_raster(folder / name / label / f'day{number // 2}_{number:02d}.png', values)


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the settings of an experiment with histogram matching."""
    classifier = folder / 'classifier.py'
    classifier.write_text(CLASSIFIER)
    found: dict[str, Any] = {
        'description': 'Toy',
        'data': dict(sar1=str(folder / 'sar1'), sar2=str(folder / 'sar2'), split=dict(train=0.5)),
        'methods': dict(
            matching=dict(config=str(CONFIGS / 'histogram-matching_aircraft.py'), label='matching')
        ),
        'generated': dict(folder=str(folder / 'generated')),
        'downstream': dict(config=str(classifier), epochs=2, steps_of='full'),
        'rows': dict(
            real=dict(train=['sar2'], paper=[57.142, 55.659, 57.143, 51.65]),
            full=dict(train=['sar2', 'matching/sar1', 'matching/generated'], label='all'),
            equal=dict(train=['sar2', 'matching/sar1', 'matching/generated'], equal_to='sar1'),
        ),
        'comparisons': dict(
            table2=dict(rows=['real', 'full']), table3=dict(rows=['real', 'full', 'equal'])
        ),
        'fidelity': dict(patch=4),
        'seeds': 2,
    }
    return found | changes


def write_experiment(folder: Path, **changes: Any) -> Path:
    """Write the config of an experiment, whose settings are changed at the top."""
    path = folder / 'toy_experiment.py'
    lines = [f'{key} = {value!r}' for key, value in settings(folder, **changes).items()]
    path.write_text('\n'.join(lines) + '\n')
    return path
