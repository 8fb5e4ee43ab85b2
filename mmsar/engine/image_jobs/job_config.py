"""The config of a job on images that runs within another one."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mmengine.config import Config

from mmsar.errors import ConfigError


class JobConfig(NamedTuple):
    """What a job needs of its config: the model, its scope, and the settings of the loop."""

    model: Any
    scope: str
    settings: dict[str, Any]


def read_job_config(
    path: str, options: Mapping[str, Any] | None, loop: str, asker: str
) -> JobConfig:
    """Read a config with a model and a loop.

    Args:
        path: Config file.
        options: Settings of it to change, by dotted keys.
        loop: That ``test_cfg`` must have as its type.
        asker: Who wants it, for messages.

    Raises:
        ConfigError: It cannot be read, or has not both.
    """
    options = dict(options or {})
    try:
        loaded = Config.fromfile(path)
        loaded.merge_from_dict(options)
    except Exception as error:  # a config is a program: it may raise anything
        raise ConfigError(
            f'{asker}: config {path} with options={options} cannot be read: '
            f'{type(error).__name__}: {error}'
        ) from error
    settings = dict(loaded.get('test_cfg') or {})
    if settings.pop('type', None) != loop or 'model' not in loaded:
        raise ConfigError(
            f"{asker}: {path} has no model, or no test_cfg = dict(type='{loop}'); take a config of "
            'configs/cross_sensor'
        )
    return JobConfig(loaded.model, loaded.get('default_scope', 'mmsar'), settings)
