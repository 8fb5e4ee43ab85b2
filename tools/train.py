"""Train a model from a config file."""

from collections.abc import Sequence

from mmsar.apis.cli import add_launcher, config_parser, export_local_rank
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import (
    build_runner,
    enable_amp,
    enable_lr_scaling,
    resume,
    set_work_dir,
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train."""
    parser = config_parser(__doc__)
    parser.add_argument('--work-dir', help='folder for logs and checkpoints')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='FILE',
        help='continue from FILE; without FILE, from the last checkpoint in the work folder',
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision (needs a GPU)')
    parser.add_argument(
        '--auto-scale-lr', action='store_true', help='scale the learning rate with the batch'
    )
    add_launcher(parser)
    args = parser.parse_args(argv)
    export_local_rank(args)

    config = load_config(args.config, args.cfg_options)
    set_work_dir(config, args.config, args.work_dir)
    if args.amp:
        enable_amp(config)
    if args.auto_scale_lr:
        enable_lr_scaling(config)
    if args.resume:
        resume(config, args.resume)
    build_runner(config, args.launcher).train()


if __name__ == '__main__':
    run_tool(main)
