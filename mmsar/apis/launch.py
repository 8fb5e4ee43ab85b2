"""Building a runner, with one process or several, on GPUs or CPUs."""

import os
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmsar.apis.model_config import replace_sync_bn, require_init_checkpoints
from mmsar.errors import ConfigError


def build_runner(config: Config, launcher: str = 'none') -> Any:
    """Build the runner that a config describes.

    Args:
        config: See :func:`mmsar.apis.load_config`.
        launcher: ``none``, ``pytorch`` (torchrun), ``slurm`` or ``mpi``.

    Returns:
        ``mmengine.runner.Runner``, or the runner named by ``runner_type``.

    Raises:
        ConfigError: The launcher does not fit this machine, or the model shall start from a file
            that does not exist.
    """
    from mmengine.registry import RUNNERS
    from mmengine.runner import Runner

    config.launcher = launcher
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise ConfigError('--launcher pytorch is for torchrun; start it with tools/dist_train.sh')
    if config.get('train_cfg'):  # a test loads other weights
        require_init_checkpoints(config)
    if launcher != 'none' and not torch.cuda.is_available():
        _prepare_cpu_processes(config, launcher)
    return RUNNERS.build(config) if 'runner_type' in config else Runner.from_cfg(config)


def join_processes(launcher: str) -> str:
    """Join the processes of a launcher that share work, without a model that is wrapped.

    Args:
        launcher: ``pytorch`` (torchrun), ``slurm`` or ``mpi``.

    Returns:
        The device of this process.

    Raises:
        ConfigError: The launcher does not fit this machine.
    """
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise ConfigError('--launcher pytorch is for torchrun; start it with tools/dist_detect.sh')
    if not torch.cuda.is_available():
        _start_gloo(launcher)
        return 'cpu'
    if not torch.distributed.is_initialized():
        from mmengine.dist import init_dist

        init_dist(launcher)
    return f'cuda:{torch.cuda.current_device()}'


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
        ConfigError: The config does not say for which batch size its learning rate is, or its
            batch does not depend on the number of processes.
    """
    if 'base_batch_size' not in (config.get('auto_scale_lr') or {}):
        raise ConfigError(
            '--auto-scale-lr needs auto_scale_lr = dict(base_batch_size=N) in the config, the '
            'number of samples a step (all processes) that its learning rate is meant for'
        )
    sampler = config.train_dataloader.get('batch_sampler') or {}
    if sampler.get('global_batch'):
        raise ConfigError(
            'the batch of this config is the same with any number of processes '
            '(batch_sampler.global_batch), so its learning rate needs no --auto-scale-lr'
        )
    config.auto_scale_lr.enable = True


def resume(config: Config, source: str) -> None:
    """Continue a run: from a checkpoint, or ('auto') from the last one in the work folder.

    With 'auto' and no checkpoint yet, the run starts as it would without, from ``load_from`` too.

    Raises:
        ConfigError: The checkpoint named does not exist, or there are checkpoints and none is
            marked as the last.
    """
    folder = Path(config.work_dir)
    if source == 'auto':
        if not (folder / 'last_checkpoint').is_file():
            files = [path.name for path in folder.glob('[!.]*.pth')]
            if files:
                raise ConfigError(
                    f'{folder} has checkpoints ({", ".join(sorted(files)[-5:])}), but no file '
                    'last_checkpoint says which is the last; give it: --resume FILE'
                )
            print(f'{folder} has no checkpoint to resume from: the run starts at its beginning')
            return
        source = str(folder)
    config.resume = True
    config.load_from = find_checkpoint(source)


def needs_checkpoint(config: Config) -> bool:
    """Return whether a test needs the weights of a checkpoint; the loop of ``test_cfg`` says so."""
    from mmengine.registry import LOOPS

    loop = LOOPS.get((config.get('test_cfg') or {}).get('type', 'TestLoop'))
    return bool(getattr(loop, 'needs_checkpoint', True))


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
        path = _follow(path)
    return str(path)


def _follow(pointer: Path) -> Path:
    """Return the checkpoint that a ``last_checkpoint`` file names.

    The one beside it if there is one: the pointer holds an absolute path, and the folder may have
    been moved or copied.
    """
    target = Path(pointer.read_text().strip())
    beside = pointer.parent / target.name
    if target.name and beside.exists():
        return beside
    if not target.name or not target.exists():
        raise ConfigError(
            f'{pointer} names {str(target.name)!r}, which does not exist; give the checkpoint file'
        )
    return target


def _prepare_cpu_processes(config: Config, launcher: str) -> None:
    """Start gloo, and wrap the model without device ids.

    mmengine's ``init_dist`` calls ``torch.cuda.set_device``, and its default wrapper passes
    ``device_ids=[rank]``: both fail without a GPU. A process group that exists already is used.
    """
    _start_gloo(launcher)
    replace_sync_bn(config)
    config.setdefault(
        'model_wrapper_cfg',
        {
            'type': 'MMDistributedDataParallel',
            'device_ids': None,
            'broadcast_buffers': False,
            'find_unused_parameters': config.get('find_unused_parameters', False),
        },
    )


def _start_gloo(launcher: str) -> None:
    if launcher != 'pytorch':
        raise ConfigError(
            f'--launcher {launcher} without a GPU is not supported; use torchrun '
            '(tools/dist_train.sh)'
        )
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
