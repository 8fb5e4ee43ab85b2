"""Generate radar images of classes or prompts.

Images lie in OUT/CLASS/ (OUT/prompt00/, ...) in the units of the training images.
OUT/manifest.jsonl says of each with which prompt and seed it was made. Start it again after an
interruption: what is done stays. The noise of an image follows --seed, its class and its number,
whatever the batch and the number of processes.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.cli import (
    add_launcher,
    config_parser,
    export_local_rank,
    natural,
    positive,
    positive_int,
)
from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import build_runner, set_work_dir
from mmsar.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> None:
    """Generate."""
    parser = config_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='of the training: a checkpoint, a work folder, or adapters (a file, or its folder); '
        'left out, the model is that of the config',
    )
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the images')
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--classes', nargs='+', metavar='NAME', help="default: all of the config's")
    what.add_argument('--prompts', nargs='+', metavar='TEXT', help='texts in place of classes')
    parser.add_argument(
        '--number', type=positive_int, metavar='N', help='images of each class or prompt'
    )
    parser.add_argument('--steps', type=positive_int, help='of the solver')
    parser.add_argument('--guidance', type=positive, help='1 for none')
    parser.add_argument('--seed', type=natural, help='of the noise')
    parser.add_argument('--batch-size', type=positive_int, metavar='N', help='images at a time')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='if settings have changed, remove the images and begin again',
    )
    parser.add_argument('--device', help='such as cpu or cuda:1; default: a GPU if there is one')
    parser.add_argument('--work-dir', metavar='DIR', help='folder for the log')
    add_launcher(parser)
    args = parser.parse_args(argv)
    export_local_rank(args)
    if args.device:
        require_device(args.device)
    if args.device and args.launcher != 'none':
        raise ConfigError('--device is for one process: with a launcher, each has its own GPU')

    config = load_config(args.config, args.cfg_options)
    set_work_dir(config, args.config, args.work_dir)
    if (config.get('test_cfg') or {}).get('type') != 'mmsar.GenerationLoop':
        raise ConfigError(
            f"{args.config} has no test_cfg = dict(type='mmsar.GenerationLoop'); take a config of "
            'configs/cross_sensor, or inherit _base_/generation_runtime.py'
        )
    names = ('out', 'classes', 'prompts', 'number', 'steps', 'guidance', 'seed', 'batch_size',
             'device')  # fmt: skip
    given = {name: getattr(args, name) for name in names}
    config.test_cfg.update({name: value for name, value in given.items() if value is not None})
    if args.prompts:
        config.test_cfg.classes = None
    if args.overwrite:
        config.test_cfg.overwrite = True
    _start_from(config, args.checkpoint)
    # Nothing to train: the training data need not be here, and processes exchange nothing.
    for key in ('train_dataloader', 'train_cfg', 'optim_wrapper', 'param_scheduler'):
        config[key] = None
    config.model_wrapper_cfg = dict(type='mmsar.Replica')
    # The work folder keeps the config of the training under its own name.
    config.__dict__['_filename'] = f'generate_{Path(args.config).name}'
    build_runner(config, args.launcher).test()


def _start_from(config: Any, checkpoint: str | None) -> None:
    """Have the runner load a checkpoint, or the model its adapters."""
    from mmsar.engine.generation.weights import read_start

    config.resume = False
    config.load_from = None
    if checkpoint is None:
        return
    start = read_start(checkpoint, config.model)
    if start is not None and start.suffix == '.safetensors':
        config.model.adapters = str(start)
    else:
        config.load_from = str(start)


if __name__ == '__main__':
    run_tool(main)
