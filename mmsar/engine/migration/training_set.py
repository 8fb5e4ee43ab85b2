"""Adding images to the training set of a run that is already built."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mmengine.registry import DATASETS

from mmsar.datasets.seeded import SeededDataset
from mmsar.errors import ConfigError


def add_to_training(runner: Any, dataset: Mapping[str, Any]) -> None:
    """Add a data set to the training data, and build anew what depends on their number.

    mmengine builds the training loop, optimiser and schedules before the first hook is called
    (``Runner.train``); the same is done here again, on both data sets, in that order.

    Args:
        runner: In ``before_run``.
        dataset: Config. ``pipeline`` and ``metainfo.classes`` are those of the training set, unless
            given.

    Raises:
        ConfigError: The runner was not built from a config, or the data sets do not go together.
    """
    loader, config = runner._train_dataloader, runner.cfg
    missing = [name for name in ('train_cfg', 'optim_wrapper') if not config.get(name)]
    if missing or not isinstance(loader, Mapping):
        raise ConfigError(
            'MigrationHook adds to a training that is built from a config; '
            + (f'it has no {missing[0]}' if missing else 'train_dataloader is an object already')
        )
    first = runner.train_loop
    old = first.dataloader.dataset
    if hasattr(first, 'dataloader_iterator'):
        first.dataloader_iterator = None  # ends the workers that read the old set
    new = DATASETS.build(_like(old, loader['dataset'], dataset))
    joined = join(old, new)
    runner.logger.info(f'{len(new)} migrated images are added to {len(old)} of the training set')
    # As a function: objects in a config would be copied, with all their data.
    runner._train_dataloader = {**loader, 'dataset': {'type': partial(_given, joined)}}
    runner._train_loop = runner.build_train_loop(config.train_cfg)
    # The old schedules have set the rates of the old optimiser for their first step.
    runner.optim_wrapper = runner.build_optim_wrapper(config.optim_wrapper)
    runner.scale_lr(runner.optim_wrapper, runner.auto_scale_lr)
    if config.get('param_scheduler') is not None:
        runner.param_schedulers = runner.build_param_scheduler(config.param_scheduler)


def join(old: Any, new: Any) -> Any:
    """Return both data sets as one, within the wrapper that seeds the draws.

    Raises:
        ConfigError: Their classes differ.
    """
    if isinstance(old, SeededDataset):
        return SeededDataset(join(old.dataset, new))
    first, second = (', '.join(part.metainfo.get('classes') or ()) for part in (old, new))
    if first != second:
        raise ConfigError(
            f'the training set has the classes {first or "(none)"}, the migrated images '
            f'{second or "(none)"}: set dataset of MigrationHook to one that reads the same, such '
            "as dict(type='mmsar.SARChips', labelled=True)"
        )
    parts = [{'type': partial(_given, part)} for part in (old, new)]
    keys = sorted((set(old.metainfo) | set(new.metainfo)) - {'classes'})
    return DATASETS.build({'type': 'ConcatDataset', 'datasets': parts, 'ignore_keys': keys})


def _given(dataset: Any) -> Any:
    """Build nothing: ``ConcatDataset`` takes configs, but of objects only a ``BaseDataset``."""
    return dataset


def _like(old: Any, config: Any, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of a data set, with what it shares with the training set."""
    found = dict(dataset)
    pipeline = _pipeline(config)
    if 'pipeline' not in found and pipeline is not None:
        found['pipeline'] = pipeline
    metainfo = dict(found.get('metainfo') or {})
    if 'classes' not in metainfo and old.metainfo.get('classes'):
        metainfo['classes'] = tuple(old.metainfo['classes'])
    return {**found, 'metainfo': metainfo} if metainfo else found


def _pipeline(config: Any) -> Any:
    """Return the pipeline of a data set, within its wrappers."""
    while isinstance(config, Mapping):
        if config.get('pipeline') is not None:
            return config['pipeline']
        config = config.get('dataset') or next(iter(config.get('datasets') or ()), None)
    return None
