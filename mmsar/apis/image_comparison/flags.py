"""Flags of the tools that read folders of images."""

import argparse

from mmsar.apis.cli import positive_int


def add_folder_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--domain``, ``--unit`` and ``--crop``, see ``image_folder.read_folder``."""
    parser.add_argument(
        '--domain', choices=('amplitude', 'intensity', 'db'), default='amplitude',
        help='of the values, where files do not say; default amplitude',
    )  # fmt: skip
    parser.add_argument(
        '--unit', choices=('file', 'same', 'full-scale', 'mean'), default='file',
        help='file (default): all files must have one type; same: types differ, units do not; '
        'full-scale: divide integers by the largest value of their type; mean: divide each set '
        'by its mean amplitude',
    )  # fmt: skip
    parser.add_argument(
        '--crop', type=positive_int, metavar='N', help='compare the middle N x N pixels'
    )
