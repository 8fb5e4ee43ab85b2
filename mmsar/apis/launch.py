"""Building a runner, with one process or several, on GPUs or CPUs."""

import os
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmsar.errors import ConfigError


def build_runner(config: Config, launcher: str = 'none') -> Any:
    """Build the runner that a config describes.

    Args:
        config: See :func:`mmsar.apis.load_config`.
        launcher: ``none``, ``pytorch`` (torchrun), ``slurm`` or ``mpi``.

    Returns:
        ``mmengine.runner.Runner``, or the runner named by ``runner_type``.
    """
    from mmengine.registry import RUNNERS
    from mmengine.runner import Runner

    config.launcher = launcher
    if launcher != 'none' and not torch.cuda.is_available():
        _prepare_cpu_processes(config, launcher)
    return RUNNERS.build(config) if 'runner_type' in config else Runner.from_cfg(config)


def set_work_dir(config: Config, config_path: str | Path, work_dir: str | None) -> None:
    """Choose the work folder: the command line first, then the config, then its file name."""
    if work_dir is not None:
        config.work_dir = work_dir
    elif config.get('work_dir') is None:
        config.work_dir = str(Path('work_dirs') / Path(config_path).stem)


def enable_amp(config: Config) -> None:
    """Switch on automatic mixed precision.

    Raises:
        ConfigError: There is no GPU.
    """
    if not torch.cuda.is_available():
        raise ConfigError('--amp needs a GPU, and PyTorch sees none here; leave it out')
    config.optim_wrapper.type = 'AmpOptimWrapper'
    config.optim_wrapper.setdefault('loss_scale', 'dynamic')


def enable_lr_scaling(config: Config) -> None:
    """Scale the learning rate with the number of samples a step.

    Raises:
        ConfigError: The config does not say for which batch size its learning rate is.
    """
    if 'base_batch_size' not in config.get('auto_scale_lr', {}):
        raise ConfigError(
            '--auto-scale-lr needs auto_scale_lr = dict(base_batch_size=N) in the config, the '
            'number of samples a step (all processes) that its learning rate is meant for'
        )
    config.auto_scale_lr.enable = True


def resume(config: Config, source: str) -> None:
    """Continue a run: from a checkpoint, or ('auto') from the last one in the work folder.

    Raises:
        ConfigError: The checkpoint named does not exist.
    """
    config.resume = True
    if source != 'auto':
        config.load_from = find_checkpoint(source)
        return
    config.load_from = None
    pointer = Path(config.work_dir) / 'last_checkpoint'
    if pointer.is_file() and not Path(pointer.read_text().strip()).exists():
        # The folder was moved: the pointer holds an absolute path.
        moved = pointer.parent / Path(pointer.read_text().strip()).name
        if not moved.exists():
            raise ConfigError(
                f'{pointer} names {moved.name}, which is not in {pointer.parent}; give the '
                'checkpoint: --resume FILE'
            )
        config.load_from = str(moved)


def find_checkpoint(source: str) -> str:
    """Return the path of a checkpoint.

    Args:
        source: A checkpoint file, a ``last_checkpoint`` file, a work folder that has one, or a
            URL.

    Raises:
        ConfigError: There is none.
    """
    if '://' in source:
        return source
    path = Path(source).expanduser()
    if path.is_dir():
        path = path / 'last_checkpoint'
    if not path.is_file():
        found = sorted(str(p) for p in path.parent.glob('*.pth'))[-5:]
        hint = f'; there are {", ".join(found)}' if found else ''
        raise ConfigError(f'checkpoint {source} does not exist{hint}')
    if path.name == 'last_checkpoint':
        target = Path(path.read_text().strip())
        return str(target if target.exists() else path.parent / target.name)
    return str(path)


def _prepare_cpu_processes(config: Config, launcher: str) -> None:
    """Start gloo, and wrap the model without device ids.

    mmengine's ``init_dist`` calls ``torch.cuda.set_device``, and its default wrapper passes
    ``device_ids=[rank]``: both fail without a GPU. A process group that exists already is used.
    """
    if launcher != 'pytorch':
        raise ConfigError(
            f'--launcher {launcher} without a GPU is not supported; use torchrun '
            '(tools/dist_train.sh)'
        )
    if 'RANK' not in os.environ:
        raise ConfigError('--launcher pytorch is for torchrun; start it with tools/dist_train.sh')
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    config.setdefault(
        'model_wrapper_cfg',
        {
            'type': 'MMDistributedDataParallel',
            'device_ids': None,
            'broadcast_buffers': False,
            'find_unused_parameters': config.get('find_unused_parameters', False),
        },
    )
