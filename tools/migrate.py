"""Migrate a folder of radar images to another sensor's characteristics.

Results have the names of their contents, in folders of the same classes. OUT/manifest.jsonl says of
each image whether it is done, with which references and losses, or why it has failed. Start it
again after an interruption or to try failures again: what is done stays.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import add_launcher, config_parser, export_local_rank, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import build_runner, find_checkpoint, set_work_dir
from mmsar.errors import ConfigError

CONFIGS = Path(__file__).parent.parent / 'configs' / 'cross_sensor'
METHODS = {
    'attention-distillation': 'attention-distillation_sd15_512.py',
    'cut': 'cut_1xb12-200e_aircraft.py',
    'cyclegan': 'cyclegan_1xb12-200e_aircraft.py',
    'histogram-matching': 'histogram-matching_aircraft.py',
    'pix2pix': 'pix2pix_1xb12-200e_aircraft.py',
    'respeckle': 'respeckle_aircraft.py',
    'stargan': 'stargan_1xb12-200e_aircraft.py',
}


def main(argv: Sequence[str] | None = None) -> None:
    """Migrate."""
    parser = config_parser(__doc__ or '', optional=True)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='of a method that is trained (CUT, StarGAN, CycleGAN, Pix2pix): a checkpoint, or the '
        'work folder of the training',
    )
    parser.add_argument(
        '--method', choices=list(METHODS), help='take the config of configs/cross_sensor'
    )
    parser.add_argument('--content', required=True, metavar='DIR', help='images, at any depth')
    parser.add_argument(
        '--style', required=True, metavar='DIR', help='references of the new sensor, at any depth'
    )
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the results')
    parser.add_argument(
        '--batch-size', type=positive_int, metavar='N', help="images at a time; default: config's"
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='do everything again if settings have changed'
    )
    parser.add_argument('--device', help='such as cpu or cuda:1; default: a GPU if there is one')
    parser.add_argument('--work-dir', metavar='DIR', help='folder for the log')
    add_launcher(parser)
    args = parser.parse_args(argv)
    export_local_rank(args)
    _choose_config(args)
    if args.device:
        require_device(args.device)
    if args.device and args.launcher != 'none':
        raise ConfigError('--device is for one process: with a launcher, each has its own GPU')

    config = load_config(args.config, args.cfg_options)
    set_work_dir(config, args.config, args.work_dir)
    if (config.get('test_cfg') or {}).get('type') != 'mmsar.MigrationLoop':
        raise ConfigError(
            f"{args.config} has no test_cfg = dict(type='mmsar.MigrationLoop'); take a config of "
            'configs/cross_sensor, or inherit _base_/migration_runtime.py'
        )
    config.test_cfg.update(content=args.content, style=args.style, out=args.out)
    if args.batch_size:
        config.test_cfg.batch_size = args.batch_size
    if args.overwrite:
        config.test_cfg.overwrite = True
    if args.device:
        config.test_cfg.device = args.device
    if args.checkpoint:
        config.load_from = find_checkpoint(args.checkpoint)
    config.resume = False
    # Nothing to train: the training data need not be here, and processes exchange nothing.
    for key in ('train_dataloader', 'train_cfg', 'optim_wrapper', 'param_scheduler'):
        config[key] = None
    config.model_wrapper_cfg = dict(type='mmsar.Replica')
    # The work folder may be that of the training, with its config.
    config.__dict__['_filename'] = f'migrate_{Path(args.config).name}'
    build_runner(config, args.launcher).test()


def _choose_config(args: argparse.Namespace) -> None:
    """Fill in the config of a method; what stands in its place is then the checkpoint.

    Raises:
        ConfigError: There are a method and a config, or neither.
    """
    if args.method is None:
        if args.config is None:
            raise ConfigError('name a config, or a method: --method ' + '|'.join(METHODS))
        return
    if args.checkpoint is not None:
        raise ConfigError(f'--method {args.method} stands for a config: leave out {args.config}')
    args.config, args.checkpoint = str(CONFIGS / METHODS[args.method]), args.config


if __name__ == '__main__':
    run_tool(main)
