"""Runs of one detector from several starts: their configs, and the records they leave."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmsar.apis.training_curves import read_scalars
from mmsar.datasets.splits import rank_by_hash
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.models.pretrained import Start, require_start
from mmsar.registry import MODELS

SCRATCH = 'scratch'


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        start: Name of the start.
        checkpoint: What the backbone starts from; None: random weights.
        scenes: Number of training images.
        seed: Of the training, and of the choice of the images.
    """

    start: str
    checkpoint: str | None
    scenes: int
    seed: int

    @property
    def name(self) -> str:
        """Name of its record and its work folder."""
        return f'{self.start}_{self.scenes}_seed{self.seed}'


def chosen_scenes(total: int, count: int, seed: int) -> list[int]:
    """Return which of ``total`` images train: fewer are part of more, other seeds have others.

    Raises:
        ConfigError: There are not so many.
    """
    if not 1 <= count <= total:
        raise ConfigError(f'--scenes {count}: the training set of this config has {total} images')
    return sorted(map(int, rank_by_hash(map(str, range(total)), seed)[:count]))


def run_config(config: Config, run: Run, total: int, iterations: int, checks: int) -> Config:
    """Return the config of a run: its start, its images, its seed and its length.

    All runs have the same number of steps, whatever the number of images; what a schedule counts in
    epochs is stretched with it.

    Args:
        config: Of the detector; trained by epochs.
        run: The run.
        total: Images in its training set.
        iterations: Steps; rounded to whole epochs.
        checks: Number of validations.

    Raises:
        ConfigError: It is trained by steps, or has no backbone.
    """
    if 'max_epochs' not in (config.get('train_cfg') or {}) or 'backbone' not in config.model:
        raise ConfigError('the config must be of a detector with a backbone, trained by epochs')
    config = Config(config._cfg_dict.to_dict())
    config.model.backbone.init_cfg = (
        None if run.checkpoint is None else {'type': 'Pretrained', 'checkpoint': run.checkpoint}
    )
    inner_dataset(config)['indices'] = chosen_scenes(total, run.scenes, run.seed)
    config.randomness.seed = run.seed
    steps = -(-run.scenes // config.train_dataloader.batch_size)
    set_length(config, max(1, round(iterations / steps)), checks)
    return config


def inner_dataset(config: Config) -> Any:
    """Return the settings of the training set, of which images are chosen.

    Raises:
        ConfigError: A wrapper other than ``mmsar.SeededDataset`` or ``indices`` change its length.
    """
    node = config.train_dataloader.dataset
    while str(node.type).rpartition('.')[2] == 'SeededDataset':
        node = node.dataset
    changing = [key for key in ('indices', 'dataset', 'datasets') if node.get(key) is not None]
    if changing:
        raise ConfigError(
            f'{node.type} of the train_dataloader has {changing[0]}; starts are compared on a '
            'plain data set, of which --scenes chooses the images'
        )
    return node


def require_weights(config: Config, starts: Mapping[str, str | None]) -> None:
    """Require that the files of all starts have the weights of the backbone.

    Raises:
        CheckpointError: One has not, or cannot be read.
    """
    settings = {**config.model.backbone, 'init_cfg': None}
    with torch.device('meta'):
        backbone = MODELS.build({**settings, '_scope_': config.get('default_scope', 'mmdet')})
    for name, path in starts.items():
        if path is not None:
            try:
                require_start(Start('model.backbone', backbone, Path(path), ''))
            except CheckpointError as error:
                raise CheckpointError(f'--start {name}={path}: {error}') from error


def set_length(config: Config, epochs: int, checks: int) -> None:
    """Change the length of a training, with what its schedule counts in epochs.

    Args:
        config: Trained by epochs; changed in place.
        epochs: New length.
        checks: Number of validations and checkpoints, of which the last is kept.
    """
    former = config.train_cfg.max_epochs
    every = max(1, -(-epochs // checks))
    config.train_cfg.update(max_epochs=epochs, val_interval=every, val_begin=1)
    config.default_hooks.checkpoint.update(interval=every, max_keep_ckpts=1)
    for scheduler in config.get('param_scheduler') or []:
        if not scheduler.get('by_epoch', True):
            continue
        for key in ('begin', 'end', 'T_max', 'milestones'):
            value = scheduler.get(key)
            if isinstance(value, list | tuple):
                scheduler[key] = [round(step * epochs / former) for step in value]
            elif isinstance(value, int | float):
                scheduler[key] = round(value * epochs / former)


def fingerprint(config: Config) -> str:
    """Return what tells apart the settings of two runs: not where files lie, nor the workers."""
    kept: Any = {
        'model': config.model.to_dict(),
        'data': [
            _without_places(config[f'{part}_dataloader'].to_dict()) for part in ('train', 'val')
        ],
        'schedule': [config[key] for key in ('train_cfg', 'optim_wrapper', 'param_scheduler')],
        'randomness': config.randomness,
    }
    start = kept['model']['backbone']['init_cfg']
    if start is not None:
        data = Path(start['checkpoint']).read_bytes()
        start['checkpoint'] = hashlib.sha256(data).hexdigest()
    text = json.dumps(kept, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_places(node: Any) -> Any:
    places = ('data_root', 'num_workers', 'persistent_workers')
    if isinstance(node, dict):
        return {k: _without_places(v) for k, v in node.items() if k not in places}
    if isinstance(node, list | tuple):
        return [_without_places(child) for child in node]
    return node


def read_curve(work_dir: Path, metric: str) -> list[tuple[int, float]]:
    """Return steps and values of a metric over a run, from the logs of all its parts.

    Raises:
        DataError: The run has no such value.
    """
    values: dict[int, float] = {}
    names: set[str] = set()
    cut_off: list[str] = []  # a run that was killed goes on, so nothing is lost
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for entry in read_scalars(path, cut_off):
            if metric in entry:
                values[int(entry['step'])] = float(entry[metric])
            names |= {name for name in entry if '/' in name}
    if not values:
        known = f'; it has {", ".join(sorted(names))}' if names else ''
        raise DataError(
            f'{work_dir} has no values of {metric}{known}; name one of these as --metric, and this '
            'run will not be trained again'
        )
    return sorted(values.items())


def require_starts(starts: Sequence[str]) -> dict[str, str | None]:
    """Read ``NAME=CHECKPOINT`` and ``scratch``.

    Raises:
        ConfigError: A name is given twice or is no plain word, or a file does not exist.
    """
    found: dict[str, str | None] = {}
    for text in starts:
        name, _, path = text.partition('=')
        if not name.replace('-', '').isalnum() or name in found:
            raise ConfigError(
                f'--start {text}: give each start a name of its own, of letters, digits and hyphens'
            )
        if bool(path) == (name == SCRATCH):
            raise ConfigError(f'--start {text}: give NAME=CHECKPOINT, or {SCRATCH}')
        if path and not Path(path).is_file():
            raise ConfigError(f'--start {text}: there is no file {path}')
        found[name] = path or None
    return found
