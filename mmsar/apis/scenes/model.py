"""A detector as it was trained, and the names of its classes."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.model_config import replace_sync_bn
from mmsar.engine.hooks.check_weights import require_all_weights
from mmsar.errors import ConfigError


def read_config(config: Any, options: Mapping[str, Any] | None) -> Config:
    """Return a config from a file or a copy of one in memory, with settings replaced."""
    if not isinstance(config, Config):
        return load_config(Path(config), dict(options or {}))
    found = copy.deepcopy(config)
    found.merge_from_dict(dict(options or {}))
    return found


def load_detector(
    config: Config, checkpoint: Any, device: str, tta: bool = False
) -> tuple[Any, tuple[str, ...]]:
    """Build a detector and load its weights.

    Args:
        config: Of the detector.
        checkpoint: See :func:`load_model`.
        device: Such as ``cuda``.
        tta: Wrap it in the config's ``tta_model``.

    Returns:
        The model in evaluation mode, and the names of its classes.

    Raises:
        ConfigError: It is no detector, there is no checkpoint or device, or no names of classes.
        CheckpointError: The checkpoint is unreadable or of another model.
    """
    from mmengine.registry import MODELS

    model, meta = load_model(config, checkpoint, device)
    if not hasattr(model, 'test_step'):
        raise ConfigError(f'the model of the config, {type(model).__name__}, is no detector')
    classes = _classes(config, meta)
    if tta:
        model = MODELS.build({**config.tta_model, 'module': model}).to(require_device(device))
    return model.eval(), classes


def load_model(config: Config, checkpoint: Any, device: str) -> tuple[Any, dict[str, Any]]:
    """Build a model and load its weights.

    Args:
        config: Of the model.
        checkpoint: Of it, a work folder with one, or a URL; None keeps the weights that the config
            starts from, for detectors that need no training.
        device: Such as ``cuda``.

    Returns:
        The model in evaluation mode, and the ``meta`` of the checkpoint.

    Raises:
        ConfigError: There is no checkpoint or device.
        CheckpointError: The checkpoint is unreadable or of another model.
    """
    from mmengine.registry import MODELS, init_default_scope
    from mmengine.runner import CheckpointLoader

    target = require_device(device)
    init_default_scope(config.get('default_scope', 'mmdet'))
    if target.type == 'cpu':
        replace_sync_bn(config)
    settings = copy.deepcopy(config.model)
    if checkpoint is not None:  # its weights replace those that it would start from
        _forget_starts(settings)
    model: Any = MODELS.build(settings)
    meta: dict[str, Any] = {}
    if checkpoint is not None:
        source = find_checkpoint(str(checkpoint))
        weights = CheckpointLoader.load_checkpoint(source, map_location='cpu')
        model.load_state_dict(require_all_weights(model, weights, source))
        meta = (weights.get('meta') or {}) if isinstance(weights, dict) else {}
    return model.to(target).eval(), meta


def _forget_starts(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get('init_cfg'), dict) and node['init_cfg'].get('type') == 'Pretrained':
            node['init_cfg'] = None
        for child in node.values():
            _forget_starts(child)
    elif isinstance(node, list | tuple):
        for child in node:
            _forget_starts(child)


def _classes(config: Config, meta: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names: of the checkpoint, of the config's data set, or of its class."""
    from mmengine.registry import DATASETS

    stored = {str(k).lower(): v for k, v in (meta.get('dataset_meta') or {}).items()}
    node: Any = (config.get('test_dataloader') or {}).get('dataset') or {}
    while 'dataset' in node:
        node = node['dataset']
    built = DATASETS.get(node['type']) if isinstance(node.get('type'), str) else None
    for names in (
        stored.get('classes'),
        (node.get('metainfo') or {}).get('classes'),
        (getattr(built, 'METAINFO', None) or {}).get('classes'),
    ):
        if names:
            return (names,) if isinstance(names, str) else tuple(map(str, names))
    raise ConfigError(
        'neither the checkpoint nor the config names the classes: set '
        "test_dataloader.dataset.metainfo=dict(classes=('ship',))"
    )
