"""A tiny Stable Diffusion 3, images with prompts for it, and configs."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from toy_runs import write_config

from mmsar.io import write_raster

ROOT = Path(__file__).parent.parent
CLASSES = ('B-52', 'C-17', 'F-15')
PROMPTS = ['SAR image, B-52 aircraft, X band', 'SAR image, C-17 aircraft, X band', '']


def write_chips(folder: Path, counts: tuple[int, ...] = (5, 3, 2), size: int = 32) -> Path:
    """Write chips of 16 bits in folders of classes, 1000 for 0 dB; return the folder."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:size, :size] - size / 2
    shapes = (abs(rows) < 3, abs(columns) < 3, rows**2 + columns**2 < 40)
    for name, shape, count in zip(CLASSES, shapes, counts, strict=True):
        for number in range(count):
            values = (60 + 1500 * shape) * rng.rayleigh(1, (size, size))
            write_raster(folder / name / f'{number:02d}.png', values.clip(0, 65535), dtype='uint16')
    return folder


def config(folder: Path, pretrained: Path, **settings: Any) -> Path:
    """Write chips and the config of a training with LoRA that takes a second; return it."""
    chips = folder / 'chips'
    if not chips.exists():
        write_chips(chips)
    base = ROOT / 'configs' / 'cross_sensor' / 'sd3-tiny-lora_64_aircraft.py'
    inner = {
        'type': 'mmsar.SARChips', 'data_root': str(chips), 'labelled': True,
        'metainfo': {'classes': CLASSES},
        'pipeline': [
            {'type': 'mmsar.LoadSARImage', 'domain_in': 'amplitude', 'channels': 1},
            {'type': 'mmsar.StretchSAR', 'rule': 'db', 'low': 32, 'high': 72, 'out': (0, 1)},
            {'type': 'mmsar.SARPrompt', 'classes': CLASSES, 'values': {'band': 'X'},
             'dropout': 0.3},
            {'type': 'mmsar.PackPrompted'},
        ],
    }  # fmt: skip
    changes = {
        'custom_imports': {'imports': ['mmsar', 'toy']},
        'custom_hooks': [
            {'type': 'mmsar.PromptCacheHook'},
            {'type': 'mmsar.SaveAdaptersHook', 'interval': 2},
            {'type': 'DumpStateHook'},
        ],
        'model': {'pretrained': str(pretrained), 'cache': str(folder / 'cache')},
        'optim_wrapper': {'optimizer': {'lr': 0.01}},
        'train_cfg': {'max_epochs': 2},
        'train_dataloader': {
            'batch_size': 4, 'num_workers': 0, 'persistent_workers': False,
            'dataset': {'dataset': {'_delete_': True, **inner}},
        },
        'test_cfg': {
            'number': 2, 'steps': 3, 'shape': (32, 32), 'batch_size': 3,
            'prompt': {'classes': CLASSES, 'values': {'_delete_': True, 'band': 'X'}},
        },
        'log_processor': {'window_size': 1},
        'default_hooks': {'logger': {'interval': 1}},
    }  # fmt: skip
    for key, value in settings.items():
        old = changes.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        changes[key] = {**old, **value} if both else value
    return write_config(folder / 'config.py', base, **changes)


def images(number: int = 3, size: int = 32) -> torch.Tensor:
    """Return images in [0, 1], (number, 1, size, size)."""
    generator = torch.Generator().manual_seed(0)
    return torch.rand((number, 1, size, size), generator=generator)
