"""Command-line flags that several tools share."""

import argparse
import math
import os
import tempfile
from pathlib import Path
from typing import Any

from mmengine.config import DictAction

from mmsar.errors import ConfigError


class Options(DictAction):
    """``KEY=VALUE`` pairs; one that is malformed ends in the usage message."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Parse the pairs."""
        try:
            super().__call__(parser, namespace, values, option_string)
        except (ValueError, AssertionError) as error:
            parser.error(f'{option_string} {" ".join(values)}: give KEY=VALUE pairs ({error})')


def positive_int(text: str) -> int:
    """Parse a whole number above zero (as ``type=`` of an argument)."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not above zero')
    return value


def positive(text: str) -> float:
    """Parse a finite number above zero (as ``type=`` of an argument)."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f'{text} is not a finite number above zero')
    return value


def natural(text: str) -> int:
    """Parse a whole number from zero (as ``type=`` of an argument)."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f'{text} is negative')
    return value


def require_suffix(path: Path | None, flag: str, *suffixes: str) -> None:
    """Check the name of an output before the work that it is for.

    Raises:
        ConfigError: It ends in none of the suffixes.
    """
    if path and path.suffix.lower() not in suffixes:
        raise ConfigError(f'{flag} {path}: the name must end in {" or ".join(suffixes)}')


def require_output(path: Path | None, flag: str, *suffixes: str) -> None:
    """Check the name of an output, and that it can be written, before the work that it is for.

    Nothing is left where it will be.

    Raises:
        ConfigError: It ends in none of the suffixes, is a folder, or cannot be written.
    """
    require_suffix(path, flag, *suffixes)
    if path is None:
        return
    try:
        if path.is_dir():
            raise ConfigError(f'{flag} {path} is a folder; name a file')
        existing = next(folder for folder in path.absolute().parents if folder.exists())
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise ConfigError(
            f'{flag} {path} cannot be written ({error.strerror}); name another file'
        ) from error


def config_parser(description: str, optional: bool = False) -> argparse.ArgumentParser:
    """Return a parser with ``config``, which may be ``optional``, and ``--cfg-options``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', nargs='?' if optional else None, help='config file')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Options,
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


def add_slicing(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how scenes are cut into tiles."""
    group = parser.add_argument_group('tiles')
    group.add_argument('--size', type=positive_int, default=512, help='in pixels; default 512')
    group.add_argument('--overlap', type=float, default=0.5, help='share of a tile; default 0.5')
    group.add_argument(
        '--keep',
        type=float,
        default=0.7,
        metavar='SHARE',
        help='an object is one of the tile from this share of its area on; default 0.7',
    )
    group.add_argument(
        '--ignore',
        type=float,
        default=0.3,
        metavar='SHARE',
        help='from this share on, it is a region to ignore; default 0.3',
    )
    group.add_argument(
        '--processes', type=positive_int, default=None, help='scenes at a time; default: all cores'
    )


def read_slicing(args: argparse.Namespace) -> Any:
    """Return the :class:`mmsar.datasets.detection.slicing.Slicing` that the flags describe."""
    from mmsar.datasets.detection.slicing import Slicing

    return Slicing(args.size, args.overlap, args.keep, args.ignore)


def add_chips(parser: argparse.ArgumentParser, checkpoint: str) -> None:
    """Add what tools take that apply a network to a folder of chips.

    Args:
        parser: Of the tool.
        checkpoint: What to say of it.
    """
    parser.add_argument('config', help='config file of a classifier')
    parser.add_argument('checkpoint', help=checkpoint)
    parser.add_argument('folder', type=Path, help='images, at any depth')
    parser.add_argument('--batch-size', type=positive_int, default=32, help='chips at a time')
    parser.add_argument('--device', default='cpu', help='such as cuda; default cpu')
    parser.add_argument(
        '--data-set',
        help='the data set that the chips are like (mstar), where the pipeline makes differences',
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )


def list_chips(folder: Path) -> list[str]:
    """Return the image files below a folder, relative to it.

    Raises:
        DataError: It is no folder, or has none.
    """
    from mmsar.datasets.recognition.chip_files import require_chips

    return require_chips(folder)
