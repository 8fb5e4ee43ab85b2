r"""Compare generated or migrated radar images with real ones, by statistics.

    compare_images.py real/ migrated/ --source others/ --baseline cyclegan=cyclegan/ --out figures

Speckle (ENL), amplitudes, texture (GLCM) and spectra; with --features also KID, precision and
recall; with --classifier how many images of each set are still recognised. Beside them stand the
same figures between random halves of the real images: no set of so many images comes closer but by
chance. Images are compared at their own sampling.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mmsar.apis.cli import natural, positive_int, require_output
from mmsar.apis.explain import run_tool
from mmsar.apis.image_comparison.flags import add_folder_flags
from mmsar.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> None:
    """Compare."""
    args = _parser().parse_args(argv)
    if args.out:
        require_output(args.out / 'figures.json', '--out', '.json')
    from mmsar.apis.image_comparison.comparison import ImageComparison
    from mmsar.apis.image_comparison.image_folder import read_folder, require_one_unit
    from mmsar.evaluation.generation.statistics import FidelitySettings

    folders = {'real': args.real, 'generated': args.generated, **_others(args)}
    features, recognise = _features(args), _recogniser(args)
    sets = {
        name: read_folder(path, args.domain, args.crop, args.band, args.unit, f'reading {name}')
        for name, path in folders.items()
    }
    require_one_unit(list(sets.values()), args.unit)
    real = sets.pop('real')
    settings = FidelitySettings(
        patch=args.patch, splits=args.splits, seed=args.seed, saturation=real.saturation
    )
    comparison = ImageComparison(real, sets, settings, features, recognise)
    print(comparison.table())
    if args.out:
        for path in comparison.write(args.out):
            print(f'wrote {path}')


def _others(args: argparse.Namespace) -> dict[str, Path]:
    """Return the folders of ``--source`` and ``--baseline`` by name.

    Raises:
        ConfigError: A pair is malformed, or a name is taken.
    """
    found: dict[str, Path] = {'source': args.source} if args.source else {}
    for text in args.baseline:
        name, equals, folder = text.partition('=')
        if not (name and equals and folder):
            raise ConfigError(f'--baseline {text}: give NAME=DIR')
        if name in ('real', 'generated', 'source') or name in found:
            raise ConfigError(f'--baseline {text}: the name {name} is taken; choose another')
        found[name] = Path(folder)
    return found


def _features(args: argparse.Namespace) -> Any:
    """Return what makes features of a folder, or None."""
    if not args.features:
        return None
    import numpy as np

    from mmsar.apis.image_comparison.image_folder import ImageFolder
    from mmsar.apis.recognition.feature_extractor import FeatureExtractor

    if args.crop or args.band is not None:
        raise ConfigError(
            '--features passes whole files through the test pipeline of its config; cut files '
            'before, in place of --crop and --band'
        )
    config, checkpoint = args.features
    extractor = FeatureExtractor(config, checkpoint, args.device)

    def extract(folder: ImageFolder) -> NDArray[np.float32]:
        return extractor(folder.paths)

    return extract


def _recogniser(args: argparse.Namespace) -> Any:
    """Return what says how many of a folder are recognised, or None."""
    if not args.classifier:
        return None
    from functools import partial

    from mmsar.apis.image_comparison.recognition import recognised
    from mmsar.apis.recognition.classifier import ChipClassifier

    config, checkpoint = args.classifier
    return partial(recognised, ChipClassifier(config, checkpoint, args.device))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('real', type=Path, help='folder of real images, at any depth')
    parser.add_argument('generated', type=Path, help='folder of generated or migrated images')
    parser.add_argument(
        '--baseline', action='append', default=[], metavar='NAME=DIR',
        help='another set to compare with the real images. Once for each',
    )  # fmt: skip
    parser.add_argument(
        '--source', type=Path, metavar='DIR',
        help='images before migration: adds how much of the way to the real ones each set has gone',
    )  # fmt: skip
    parser.add_argument(
        '--features', nargs=2, metavar=('CONFIG', 'CHECKPOINT'),
        help='of a trained classifier or backbone, for KID, precision and recall',
    )  # fmt: skip
    parser.add_argument(
        '--classifier', nargs=2, metavar=('CONFIG', 'CHECKPOINT'),
        help='of the sensor of --source: how many images of each set it recognises, whose folders '
        'are their classes',
    )  # fmt: skip
    parser.add_argument('--device', default='cpu', help='of these networks; default cpu')
    add_folder_flags(parser)
    parser.add_argument('--band', type=natural, metavar='N', help='of files with several, from 0')
    parser.add_argument(
        '--patch', type=positive_int, default=16, metavar='N',
        help='rows and columns of homogeneous patches; default 16',
    )  # fmt: skip
    parser.add_argument(
        '--splits', type=natural, default=10, metavar='N',
        help='of the real images into halves; default 10, 0 for none',
    )  # fmt: skip
    parser.add_argument('--seed', type=natural, default=0, help='of all draws; default 0')
    parser.add_argument(
        '--out', type=Path, metavar='DIR', help='write figures.json and comparison.png there'
    )
    return parser


if __name__ == '__main__':
    run_tool(main)
