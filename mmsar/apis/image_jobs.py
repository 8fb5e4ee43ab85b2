"""What the tools share whose result is a folder of images, made by a loop of tests."""

import argparse
from pathlib import Path

from mmengine.config import Config

from mmsar.apis.cli import add_launcher, export_local_rank, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.launch import build_runner, set_work_dir
from mmsar.errors import ConfigError


def add_job_flags(parser: argparse.ArgumentParser, overwrite: str) -> None:
    """Add the flags that say how images are made.

    Args:
        parser: With ``config`` and ``--cfg-options``.
        overwrite: What ``--overwrite`` does.
    """
    parser.add_argument(
        '--batch-size', type=positive_int, metavar='N', help="images at a time; default: config's"
    )
    parser.add_argument('--overwrite', action='store_true', help=overwrite)
    parser.add_argument('--device', help='such as cpu or cuda:1; default: a GPU if there is one')
    parser.add_argument('--work-dir', metavar='DIR', help='folder for the log')
    add_launcher(parser)


def load_job(args: argparse.Namespace, loop: str, base: str) -> Config:
    """Return the config of a job, and put into its loop what the shared flags say.

    Args:
        args: With the flags of :func:`add_job_flags`.
        loop: Type of the loop that it must have.
        base: Base config that has one, for the message.

    Raises:
        ConfigError: The device is of no use, or the config has no such loop.
    """
    export_local_rank(args)
    if args.device:
        require_device(args.device)
        if args.launcher != 'none':
            raise ConfigError('--device is for one process: with a launcher, each has its own GPU')
    config = load_config(args.config, args.cfg_options)
    set_work_dir(config, args.config, args.work_dir)
    if (config.get('test_cfg') or {}).get('type') != loop:
        raise ConfigError(
            f'{args.config} has no test_cfg = dict(type={loop!r}); take a config of '
            f'configs/cross_sensor, or inherit {base}'
        )
    given = {name: getattr(args, name) for name in ('batch_size', 'device')}
    config.test_cfg.update({name: value for name, value in given.items() if value is not None})
    if args.overwrite:
        config.test_cfg.overwrite = True
    return config


def run_job(config: Config, args: argparse.Namespace, name: str) -> None:
    """Run the loop.

    Args:
        config: Of :func:`load_job`; with ``load_from``, if there is a checkpoint.
        args: As there.
        name: Of the tool. A work folder that is that of a training keeps its config: the job's is
            stored with this name before it.
    """
    config.resume = False
    # Nothing to train: the training data need not be here, and processes exchange nothing.
    for key in ('train_dataloader', 'train_cfg', 'optim_wrapper', 'param_scheduler'):
        config[key] = None
    config.model_wrapper_cfg = {'type': 'mmsar.Replica'}
    config.__dict__['_filename'] = f'{name}_{Path(args.config).name}'
    build_runner(config, args.launcher).test()
