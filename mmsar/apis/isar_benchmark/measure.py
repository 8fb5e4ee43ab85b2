"""Figures of one trained network on all test sets of inverse SAR."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmsar.apis.config import load_config
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.provenance import hardware, now, relative_to_repository, training, versions
from mmsar.engine.hooks.check_weights import require_all_weights
from mmsar.errors import ConfigError

# What is tested, by the name of the set: `source` of mmsar.PhaseHistoryPairs
SETS: Mapping[str, Mapping[str, Any]] = {
    'benchmark': {'kind': 'benchmark'},
    'two-points': {'kind': 'two-points'},
    'aircraft': {'kind': 'aircraft'},
}


def measure(
    config_path: str | Path,
    checkpoint: str | Path,
    sets: Mapping[str, Mapping[str, Any]] = SETS,
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Test a network on several sets of phase histories.

    Args:
        config_path: Of the training; its ``test_dataloader`` has ``mmsar.PhaseHistoryPairs``.
        checkpoint: A file, or a work folder.
        sets: ``source`` of the data, by name.
        options: As of ``--cfg-options``.

    Returns:
        ``metrics``: by set, the figures of the config's evaluators by name; and what they stand on.

    Raises:
        ConfigError: The config tests something else.
        CheckpointError: The checkpoint is of another model.
    """
    config = load_config(str(config_path), options)
    kind = config.test_dataloader.dataset.get('type')
    if kind != 'mmsar.PhaseHistoryPairs':
        raise ConfigError(
            f'{config_path}: test_dataloader.dataset is {kind}, not mmsar.PhaseHistoryPairs'
        )
    model, source, meta = load_restorer(config, checkpoint)
    return {
        'config': relative_to_repository(config_path),
        'scale': int(model.scale),
        'ensemble': bool(model.test_cfg.get('ensemble')),
        'weights': sum(weight.numel() for weight in model.parameters()),
        'iter': meta.get('iter'),
        'seed': meta.get('seed', config.get('randomness', {}).get('seed')),
        'metrics': {name: _test(config, model, where) for name, where in sets.items()},
        'hardware': hardware(),
        'training': training(source, meta),
        'versions': versions('mmagic'),
        'date': now(),
    }


def load_restorer(config: Config, checkpoint: str | Path) -> tuple[Any, str, dict[str, Any]]:
    """Return the trained model, on a GPU if there is one, its file, and what the file says of it.

    Args:
        config: With the model.
        checkpoint: A file, or a work folder.

    Raises:
        CheckpointError: The checkpoint is of another model.
    """
    from mmengine.registry import MODELS, init_default_scope
    from mmengine.runner import CheckpointLoader

    init_default_scope(config.get('default_scope', 'mmagic'))
    source = find_checkpoint(str(checkpoint))
    weights = CheckpointLoader.load_checkpoint(source, map_location='cpu')
    model = MODELS.build(config.model)
    model.load_state_dict(require_all_weights(model, weights, source))
    model.to('cuda' if torch.cuda.is_available() else 'cpu').eval()
    return model, source, weights.get('meta') or {}


@torch.no_grad()
def _test(config: Config, model: Any, source: Mapping[str, Any]) -> dict[str, float]:
    from mmengine.dataset import pseudo_collate
    from mmengine.registry import DATASETS, METRICS
    from rich.progress import track

    data = DATASETS.build({**config.test_dataloader.dataset, 'source': dict(source)})
    evaluators = config.test_evaluator
    metrics = [
        METRICS.build(settings)
        for settings in (evaluators if isinstance(evaluators, list) else [evaluators])
    ]
    for number in track(range(len(data)), str(source['kind'])):
        samples = [sample.to_dict() for sample in model.test_step(pseudo_collate([data[number]]))]
        for metric in metrics:
            metric.process({}, samples)
    found: dict[str, float] = {}
    for metric in metrics:
        found |= metric.compute_metrics(metric.results)
    return found
