"""Migrate a folder of radar images to another sensor's characteristics.

Results have the names of their contents, in folders of the same classes. OUT/manifest.jsonl says of
each image whether it is done, with which references and losses, or why it has failed. Start it
again after an interruption or to try failures again: what is done stays.
"""

import argparse
from collections.abc import Sequence

from mmsar.apis.cli import add_launcher, config_parser, export_local_rank, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import build_runner, set_work_dir
from mmsar.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> None:
    """Migrate."""
    parser = config_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
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
    build_runner(config, args.launcher).test()


if __name__ == '__main__':
    run_tool(main)
