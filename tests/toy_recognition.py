"""A tiny classifier on simulated chips of three classes, its config and its weights."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mmsar.apis import load_config
from mmsar.apis.recognition.encoders import build_backbone

CLASSES = ('disc', 'gap', 'line')
CONFIG = """
_base_ = [
    '{root}/configs/_base_/schedules/adamw_probe_30e.py',
    '{root}/configs/_base_/classification_runtime.py',
]
train_cfg = dict(max_epochs=4)
data_root = '{data}/'
pipeline = [
    dict(type='mmsar.LoadSARImage', channels=1),
    dict(type='mmsar.StretchSAR', rule='8bit'),
    dict(type='mmsar.ResizeChip', scale=32),
    dict(type='PackInputs'),
]
data_preprocessor = dict(num_classes=3, mean=[0.0], std=[255.0], to_rgb=False)
chips = dict(type='mmsar.SARChips', labelled=True, pipeline=pipeline)
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='mmsar.HiViT',
        arch=dict(embed_dims=32, depths=(1, 1, 1), num_heads=2),
        img_size=32,
        frozen_stages=3,
        init_cfg=dict(type='Pretrained', checkpoint='{weights}'),
    ),
    neck=dict(type='mmsar.PooledNorm', dims=32),
    head=dict(
        type='mmsar.ProbeHead',
        num_classes=3,
        in_channels=32,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1,),
    ),
)
train_dataloader = dict(
    batch_size=25,
    num_workers=0,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', drop_last=True),
    dataset=dict(
        type='mmsar.SeededDataset', dataset=dict(**chips, data_root='{data}/train')
    ),
)
val_dataloader = dict(
    batch_size=50,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**chips, data_root='{data}/test', test_mode=True),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='Accuracy', topk=(1,))
test_evaluator = val_evaluator
"""


def write_chips(root: Path, train: int = 12, test: int = 8, size: int = 32) -> None:
    """Write speckled chips of three shapes, PNG of 8 bits, in folders of parts and classes."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] - size / 2
    shapes = (x**2 + y**2 < 36, (abs(abs(x) - 6) < 2) & (abs(y) < 8), abs(x - y) < 2)
    for part, count in (('train', train), ('test', test)):
        for name, shape in zip(CLASSES, shapes, strict=True):
            folder = root / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                moved = np.roll(shape, rng.integers(-4, 5, 2), (0, 1))
                values = (12 + 40 * moved) * rng.gamma(2, 1, (size, size))
                image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
                image.save(folder / f'{number:02d}.png')


def write_config(folder: Path) -> Path:
    """Write chips, config and weights of a backbone; return the config."""
    write_chips(folder / 'data')
    path = folder / 'toy_linear.py'
    root = Path(__file__).parent.parent
    path.write_text(CONFIG.format(root=root, data=folder / 'data', weights=folder / 'weights.pth'))
    backbone = build_backbone(load_config(path), seed=3)
    torch.save(backbone.state_dict(), folder / 'weights.pth')
    return path
