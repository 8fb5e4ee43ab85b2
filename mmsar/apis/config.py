"""Reading a config file and applying options to it."""

import difflib
import inspect
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmsar.errors import ConfigError

# Top-level settings that Runner.from_cfg and the tools read although a config need not have them.
_TOOL_KEYS = (
    'auto_scale_lr',
    'compile',
    'custom_imports',
    'file_pipeline',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'runner_type',
    'scene_tiles',
    'sync_bn',
)


def load_config(path: str | Path, options: dict[str, Any] | None = None) -> Config:
    """Read a config file and override settings in it.

    ``data_root`` among the options moves the whole data set: every path in the config that lies
    under the old ``data_root`` is moved with it (in mmengine alone, the option would change a
    variable that nothing reads any more).

    Args:
        path: Config file.
        options: Dotted keys and values, as of ``--cfg-options``.

    Raises:
        ConfigError: The file does not exist or cannot be read, or an option names no setting.
    """
    path = Path(path)
    if path.is_dir():
        raise ConfigError(f'{path} is a folder; name the config file in it')
    if not path.is_file():
        raise ConfigError(f'config file {path} does not exist{_near_files(path)}')
    try:
        config = Config.fromfile(path)
    except Exception as error:  # a config is a program: it may raise anything
        raise ConfigError(
            f'config file {path} (or a base of it) cannot be read: {type(error).__name__}: {error}'
        ) from error
    options = dict(options or {})
    _require_known(options, config)
    if 'data_root' in options:
        _move_data(config, str(options['data_root']))
    try:
        config.merge_from_dict(options)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        listed = ' '.join(f'{key}={value}' for key, value in options.items())
        raise ConfigError(f'--cfg-options {listed} cannot be applied: {error}') from error
    for key, value in config.items():
        # PyTorch refuses persistent workers where there are none.
        if key.endswith('_dataloader') and value and not value.get('num_workers', 0):
            value['persistent_workers'] = False
    return config


def part_dataloader(config: Config, part: str) -> Any:
    """Return the settings of the data loader of a part.

    Args:
        config: See :func:`load_config`.
        part: ``train``, ``val`` or ``test``.

    Raises:
        ConfigError: The config has none.
    """
    settings = config.get(f'{part}_dataloader')
    if not settings:
        raise ConfigError(f'the config has no {part}_dataloader')
    return settings


def runner_settings() -> list[str]:
    """Return the names of the top-level settings that a runner takes."""
    from mmengine.runner import Runner

    parameters = inspect.signature(Runner.__init__).parameters
    return [name for name in parameters if name != 'self'] + list(_TOOL_KEYS)


def _require_known(options: dict[str, Any], config: Config) -> None:
    """Check that each option changes something the runner takes."""
    known = [*runner_settings(), 'data_root']
    for option in options:
        first, _, rest = option.partition('.')
        if first not in known and first in config:
            raise ConfigError(
                f'--cfg-options {option}: {first} is a variable of the config file, already used '
                'when the option comes; set what is made of it (train_cfg.max_epochs=N, '
                'train_dataloader.batch_size=N, ...)'
            )
        if first not in known:
            raise ConfigError(f'--cfg-options {option}: unknown setting{_near(first, known)}')
        node, seen = config.get(first), first
        # Below the top, a new last key is a new argument; a new key above it is a misspelling.
        *parents, _ = rest.split('.') if rest else ['']
        for key in parents:
            children = list(node) if isinstance(node, dict) else []
            if isinstance(node, list | tuple) and key.isdigit() and int(key) < len(node):
                node = node[int(key)]
            elif key in children:
                node = node[key]
            else:
                raise ConfigError(
                    f'--cfg-options {option}: {seen} has no {key!r}{_near(key, children)}'
                )
            seen = f'{seen}.{key}'


def _move_data(config: Config, new: str) -> None:
    """Move every path under the config's ``data_root``; the variable itself comes later."""
    old = str(config._cfg_dict.pop('data_root', None) or '')
    before = repr(config._cfg_dict)
    _move_paths(config._cfg_dict, old, new)
    if Path(old) != Path(new) and repr(config._cfg_dict) == before:
        raise ConfigError(
            f'--cfg-options data_root={new}: no path in the config lies under its data_root '
            f'{old!r}; set train_dataloader.dataset.data_root and its like'
        )


def _move_paths(node: Any, old: str, new: str) -> Any:
    """Replace the folder ``old`` by ``new`` at the start of all strings below ``node``."""
    if isinstance(node, dict):
        for key, value in node.items():
            node[key] = _move_paths(value, old, new)
    elif isinstance(node, list | tuple):
        return type(node)(_move_paths(value, old, new) for value in node)
    elif isinstance(node, str) and old.rstrip('/'):
        folder = old.rstrip('/')
        if node.rstrip('/') == folder or node.startswith(f'{folder}/'):
            return str(Path(new, node[len(folder) :].lstrip('/')))
    return node


def _near(name: str, candidates: list[str]) -> str:
    """Say which names look alike."""
    matches = difflib.get_close_matches(name, sorted(set(candidates)), n=3, cutoff=0.6)
    return f'; did you mean {" or ".join(matches)}?' if matches else ''


def _near_files(path: Path) -> str:
    """Say which files of the same kind exist nearby."""
    folder = path.parent
    if not folder.is_dir():
        return f' (there is no folder {folder})'
    names = [file.name for file in folder.glob(f'*{path.suffix or ".py"}')]
    return _near(path.name, names)
