"""A bridge network small enough to build and train in a blink: an eighth of ResNet-18's width."""

import json
from pathlib import Path
from typing import Any

from mmengine.config import ConfigDict
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from mmsar.apis import load_config

ROOT = Path(__file__).parent.parent
BACKBONE = {'type': 'mmdet.ResNet', 'depth': 18, 'base_channels': 8, 'out_indices': (3,)}
NARROW = {'backbone': {'base_channels': 8}, 'head': {'in_channels': 64}}


def base_model(name: str) -> ConfigDict:
    """Return the model of a file in ``configs/_base_/models``."""
    return load_config(ROOT / 'configs/_base_/models' / f'{name}.py').model


def small_model(**settings: Any) -> ConfigDict:
    """Return a narrow ``bridge_r18`` from random weights, with settings changed.

    Args:
        settings: Dotted keys with ``__`` for the dots.
    """
    config = load_config(ROOT / 'configs/_base_/models/bridge_r18.py')
    changes = {'sar_branch': NARROW, 'optical_branch': NARROW, 'branch_init': None}
    changes |= {key.replace('__', '.'): value for key, value in settings.items()}
    config.merge_from_dict({f'model.{key}': value for key, value in changes.items()})
    return config.model


@HOOKS.register_module()
class RecordPairsHook(Hook):
    """Write which pairs this rank trained on: [SAR, optical] of each sample, by iteration."""

    def __init__(self) -> None:
        self.seen: list[list[list[int]]] = []

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        samples = data_batch['data_samples']
        self.seen.append([[sample.sar_id, sample.optical_id] for sample in samples])

    def after_train(self, runner: Any) -> None:
        path = Path(runner.work_dir) / f'pairs{get_rank()}.json'
        path.write_text(json.dumps(self.seen))
