"""The weights that images are generated with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.sd3.adapter_files import FILE
from mmsar.models.weights import misfits, read_weights


def read_start(checkpoint: str | None, model: Mapping[str, Any]) -> Path | None:
    """Return the file of the weights that a model has beside its ``pretrained``.

    Args:
        checkpoint: A checkpoint, a work folder (its last one), a file of adapters or a folder with
            one. None: the adapters of the model's config, if any.
        model: Config of the model.

    Raises:
        ConfigError: There is no such file.
    """
    name = checkpoint or model.get('adapters')
    if name is None:
        return None
    path = Path(name).expanduser()
    if path.is_dir() and (path / FILE).is_file():
        return path / FILE
    if path.is_dir():
        pointer = path / 'last_checkpoint'
        if not pointer.is_file():
            raise ConfigError(f'{path} has neither {FILE} nor last_checkpoint; name a file')
        target = Path(pointer.read_text().strip())
        path = path / target.name if (path / target.name).exists() else target
    if not path.is_file():
        raise ConfigError(f'{name} does not exist; name a checkpoint or a file of adapters')
    return path


def take(model: Any, start: Path | None) -> None:
    """Give a model the weights of a file.

    Raises:
        CheckpointError: They do not fit.
    """
    if start is None:
        return
    if start.suffix == '.safetensors':
        model.load_adapters(start)
        return
    weights = read_weights(start, ('state_dict',))
    problems = misfits(weights, model.state_dict(), extra=False)
    if problems:
        raise CheckpointError(
            f'{start} does not fit {type(model).__name__}: {problems}. Use the config it was '
            'trained with'
        )
    model.load_state_dict(weights, strict=False)
