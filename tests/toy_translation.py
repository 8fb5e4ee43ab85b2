"""Chips of two sensors, and trainings on them that take a second."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from toy_runs import forget_instances, write_config

from mmsar.io import write_raster

ROOT = Path(__file__).parent.parent
CLASSES = ('B-52', 'C-17', 'F-15')
SIZE = 32  # the smallest that the U-Net takes
METHODS = ('cut', 'stargan', 'cyclegan', 'pix2pix')
SMALL = {
    'cut': {
        'generator': {'base_channels': 4, 'num_blocks': 1},
        'discriminator': {'base_channels': 4, 'num_halvings': 1},
        'layers': (0, 8, 12), 'patches': 16, 'head_channels': 8,
    },
    'stargan': {
        'generator': {'base_channels': 4, 'num_blocks': 1},
        'discriminator': {'image_size': SIZE, 'base_channels': 4, 'num_halvings': 2},
        'critic_steps': 2,
    },
    'cyclegan': {
        'generator': {'base_channels': 4, 'num_blocks': 1},
        'discriminator': {'base_channels': 4, 'num_conv': 1},
        'buffer_size': 3,
    },
    'pix2pix': {
        'generator': {'base_channels': 2, 'num_down': 5},
        'discriminator': {'base_channels': 4, 'num_conv': 1},
    },
}  # fmt: skip


def full_config(method: str) -> Path:
    """Return the config with the paper's settings."""
    return ROOT / 'configs' / 'cross_sensor' / f'{method}_1xb12-200e_aircraft.py'


def write_chips(folder: Path, sizes: tuple[int, int] = (7, 4), size: int = SIZE) -> Path:
    """Write chips of 16 bits below sar1 and sar2, in folders of classes, alike by their names."""
    rng = np.random.default_rng(0)
    for sensor, count in zip(('sar1', 'sar2'), sizes, strict=True):
        for number in range(count):
            values = 300.0 * rng.rayleigh(1, (size, size))
            values[size // 4 : -size // 4, number % size] += 2500
            name = f'{CLASSES[number % len(CLASSES)]}/{number:02d}.png'
            write_raster(folder / sensor / name, values.clip(0, 65535), dtype='uint16')
    return folder


def config(folder: Path, method: str, **settings: Any) -> Path:
    """Write chips, if there are none, and the config of a training of two epochs; return it."""
    if not (folder / 'sar1').exists():
        write_chips(folder)
    inner = {
        'content': {'data_root': str(folder / 'sar1')},
        'style': {'data_root': str(folder / 'sar2')},
        'pipeline': [
            {'type': 'mmsar.LoadSARImage', 'channels': 1, 'domain_in': 'amplitude'},
            {'type': 'mmsar.StretchSAR', 'rule': 'fixed', 'low': 0, 'high': 4000, 'power': 0.5,
             'out': (0.0, 1.0)},
        ],
    }  # fmt: skip
    changes: dict[str, Any] = {
        'custom_imports': {'imports': ['mmsar', 'toy']},
        'custom_hooks': [{'type': 'DumpStateHook'}],
        'model': SMALL[method],
        'train_cfg': {'max_epochs': 2},
        'train_dataloader': {
            'batch_size': 2, 'num_workers': 0, 'dataset': {'dataset': inner},
        },
        'default_hooks': {'checkpoint': {'interval': 1}, 'logger': {'interval': 1}},
    }  # fmt: skip
    changes.update(settings)
    return write_config(folder / f'{method}.py', full_config(method), **changes)


def train(folder: Path, method: str, name: str, *flags: str, **settings: Any) -> dict[str, Any]:
    """Train, and return the last checkpoint."""
    import train as tool

    forget_instances()
    path = config(folder, method, **settings)
    tool.main([str(path), '--work-dir', str(folder / name), *flags])
    return checkpoint(folder / name)


def checkpoint(work_dir: Path) -> dict[str, Any]:
    """Return the last checkpoint of a training."""
    path = Path((work_dir / 'last_checkpoint').read_text().strip())
    return torch.load(path, weights_only=False)


def same(a: Any, b: Any) -> bool:
    """Return whether two nested structures agree bitwise."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if torch.is_tensor(a) else a == b
