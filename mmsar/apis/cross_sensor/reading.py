"""Reading the config of an experiment."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from mmsar.apis.config import load_config
from mmsar.apis.cross_sensor.settings import (
    GENERATED,
    SAR1,
    SAR2,
    Comparison,
    DataSettings,
    DownstreamSettings,
    Experiment,
    FidelitySettings,
    GeneratedSettings,
    Method,
    Row,
    SplitSettings,
    TrainingSettings,
)
from mmsar.engine.image_jobs.plain import plain
from mmsar.errors import ConfigError

T = TypeVar('T')
_NAME = re.compile(r'[A-Za-z0-9][\w.+-]*')


def read_experiment(path: str | Path, options: Mapping[str, Any] | None = None) -> Experiment:
    """Read the config of an experiment.

    Names that begin with an underscore are helpers of the config.

    Args:
        path: Config file.
        options: Dotted keys and values to override.

    Raises:
        ConfigError: It cannot be read, a key is unknown or missing, or names do not fit.
    """
    config = load_config(path)
    try:
        config.merge_from_dict(dict(options or {}))
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f'--cfg-options {dict(options or {})}: {error}') from error
    settings = {k: v for k, v in plain(config._cfg_dict).items() if not k.startswith('_')}
    experiment = _read_all(settings, str(path))
    _check_names(experiment)
    return experiment


def _read_all(settings: dict[str, Any], source: str) -> Experiment:
    _require_keys(Experiment, settings, source)
    found: dict[str, Any] = dict(settings)
    data = _dict(settings['data'], 'data')
    if 'split' in data:
        data = {**data, 'split': _read(SplitSettings, data['split'], 'data.split')}
    found['data'] = _read(DataSettings, data, 'data')
    found['downstream'] = _read(DownstreamSettings, settings['downstream'], 'downstream')
    if settings.get('generated') is not None:
        found['generated'] = _read(
            GeneratedSettings, _with_training(settings['generated'], 'generated'), 'generated'
        )
    if settings.get('fidelity') is not None:
        found['fidelity'] = _read(FidelitySettings, settings['fidelity'], 'fidelity')
    found['methods'] = {
        name: _read(Method, _with_training(value, f'methods.{name}'), f'methods.{name}')
        for name, value in _dict(settings.get('methods', {}), 'methods').items()
    }
    for key, cls in (('rows', Row), ('comparisons', Comparison)):
        parts = _dict(settings[key], key)
        found[key] = {name: _read(cls, part, f'{key}.{name}') for name, part in parts.items()}
    return _read(Experiment, found, source)


def _with_training(settings: Any, where: str) -> dict[str, Any]:
    """Read ``train`` of a method: True, or a dictionary."""
    settings = _dict(settings, where)
    train = settings.get('train')
    if train in (None, False):
        return {**settings, 'train': None}
    train = {} if train is True else train
    return {**settings, 'train': _read(TrainingSettings, train, f'{where}.train')}


def _read(cls: type[T], settings: Any, where: str) -> T:
    settings = _dict(settings, where)
    _require_keys(cls, settings, where)
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    for name, value in values.items():
        if name in ('train', 'rows') and cls in (Row, Comparison) and isinstance(value, str):
            raise ConfigError(f'{where}.{name}={value!r}; give a list of names')
    return cls(**values)


def _dict(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f'{where}={value!r}; give dict(...)')
    return dict(value)


def _require_keys(cls: type, settings: Mapping[str, Any], where: str) -> None:
    known = {f.name: f for f in fields(cls)}
    for key in settings:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f'; did you mean {near[0]}?' if near else f'; it has {", ".join(known)}'
            raise ConfigError(f'{where}: there is no setting {key!r}{hint}')
    for key, f in known.items():
        if f.default is MISSING and f.default_factory is MISSING and key not in settings:
            raise ConfigError(f'{where}: {key} is missing')


def _check_names(experiment: Experiment) -> None:
    """Check that everything that is named exists."""
    for kind in ('methods', 'rows', 'comparisons'):
        for name in getattr(experiment, kind):
            if not _NAME.fullmatch(name) or (kind == 'methods' and name in (SAR1, SAR2, GENERATED)):
                raise ConfigError(
                    f'{kind}.{name}: choose a name of letters, digits and hyphens; methods cannot '
                    f'be called {SAR1}, {SAR2} or {GENERATED}'
                )
    for name, row in experiment.rows.items():
        for one in (*row.train, *([row.equal_to] if row.equal_to else ())):
            _require_set(experiment, one, f'rows.{name}')
        if not row.train:
            raise ConfigError(f'rows.{name}.train is empty; name sets of images')
        if row.paper is not None and len(row.paper) != 4:
            raise ConfigError(f'rows.{name}.paper: give accuracy, precision, recall and F1')
    for one in experiment.pictures or ():
        _require_set(experiment, one, 'pictures')
    rows = experiment.rows
    for name, comparison in experiment.comparisons.items():
        named = [*comparison.rows, *([comparison.reference] if comparison.reference else ())]
        for one in named:
            _require_known(one, rows, f'comparisons.{name}: there is no row')
    if experiment.downstream.steps_of is not None:
        _require_known(experiment.downstream.steps_of, rows, 'downstream.steps_of: no row')
        if experiment.downstream.epochs is None:
            raise ConfigError('downstream.steps_of needs downstream.epochs')
    _check_parts(experiment)


def _check_parts(experiment: Experiment) -> None:
    made = experiment.generated
    if made is not None and (made.folder is None) == (made.config is None):
        raise ConfigError('generated: give folder=DIR, or config=FILE')
    if made is not None and made.config is not None and made.counts is None:
        raise ConfigError('generated.counts is missing: images of each class')
    trained: dict[str, Any] = {f'methods.{key}': one for key, one in experiment.methods.items()}
    for where, one in (*trained.items(), *([('generated', made)] if made else [])):
        if one.train is not None and one.checkpoint is not None:
            raise ConfigError(f'{where} has train and checkpoint; give one of them')
    features = (experiment.fidelity and experiment.fidelity.features) or {}
    if features and set(features) not in ({'row'}, {'config', 'checkpoint'}):
        raise ConfigError('fidelity.features: give config and checkpoint, or row')
    if 'row' in features:
        _require_known(features['row'], experiment.rows, 'fidelity.features: there is no row')
    if experiment.seeds < 1:
        raise ConfigError(f'seeds={experiment.seeds}; give 1 or more')


def _require_set(experiment: Experiment, name: str, where: str) -> None:
    method, slash, content = name.rpartition('/')
    contents = [SAR1] + ([GENERATED] if experiment.generated is not None else [])
    known = [*contents, SAR2]
    known += [f'{one}/{content}' for one in experiment.methods for content in contents]
    if slash and content in contents and method not in experiment.methods:
        _require_known(method, experiment.methods, f'{where}, {name}: there is no method')
    _require_known(name, known, f'{where}: there are no images')


def _require_known(name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f'; did you mean {near[0]}?' if near else f'; there are {", ".join(known) or "none"}'
        raise ConfigError(f'{what} {name!r}{hint}')
