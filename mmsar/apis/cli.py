"""Command-line flags that several tools share."""

import argparse
import os

from mmengine.config import DictAction


def config_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with ``config`` and ``--cfg-options``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='override settings: data_root=PATH, train_dataloader.batch_size=4, key="[a,b]"; '
        'no white space within a value',
    )
    return parser


def add_launcher(parser: argparse.ArgumentParser) -> None:
    """Add ``--launcher`` and the rank that torchrun's predecessor passed."""
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how several processes are started (dist_train.sh and slurm_train.sh set it)',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def export_local_rank(args: argparse.Namespace) -> None:
    """Give mmengine the local rank in the environment, where torchrun has not."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
