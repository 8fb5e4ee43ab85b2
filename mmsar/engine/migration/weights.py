"""The checkpoint that a migrator was trained to."""

import hashlib
from pathlib import Path
from typing import Any

from mmsar.errors import CheckpointError, ConfigError


def require_weights(model: Any, source: str | None) -> None:
    """Check that a model that must be trained has a checkpoint.

    Args:
        model: A migrator; with ``needs_weights = True`` it is nothing without a training.
        source: The checkpoint, or None.

    Raises:
        ConfigError: It has none.
    """
    if source is None and getattr(model, 'needs_weights', False):
        raise ConfigError(
            f'{type(model).__name__} must be trained before it can migrate: tools/train.py CONFIG, '
            'then tools/migrate.py CONFIG CHECKPOINT ..., where CHECKPOINT is a checkpoint or the '
            'work folder of that training (of mmsar.MigrationHook: checkpoint=...)'
        )


def digest_of(source: str) -> str:
    """Return what tells a checkpoint from another: the hash of the file, or the URL.

    Raises:
        CheckpointError: The file cannot be read.
    """
    if '://' in source:
        return source
    try:
        with Path(source).open('rb') as file:
            return hashlib.file_digest(file, 'blake2s').hexdigest()
    except OSError as error:
        raise CheckpointError(f'checkpoint {source} cannot be read: {error.strerror}') from error
