"""Migrate a folder of radar images to another sensor's characteristics.

Results have the names of their contents, in folders of the same classes. OUT/manifest.jsonl says of
each image whether it is done, with which references and losses, or why it has failed. Start it
again after an interruption or to try failures again: what is done stays.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import config_parser
from mmsar.apis.explain import run_tool
from mmsar.apis.image_jobs import add_job_flags, load_job, run_job
from mmsar.apis.launch import find_checkpoint
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
    add_job_flags(parser, 'do everything again if settings have changed')
    args = parser.parse_args(argv)
    _choose_config(args)

    config = load_job(args, 'mmsar.MigrationLoop', '_base_/migration_runtime.py')
    config.test_cfg.update(content=args.content, style=args.style, out=args.out)
    if args.checkpoint:
        config.load_from = find_checkpoint(args.checkpoint)
    run_job(config, args, 'migrate')


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
