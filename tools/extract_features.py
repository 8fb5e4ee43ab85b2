"""Turn a folder of chips into vectors with a trained backbone, for search, clustering or plots.

Written are `features` (N, D), float32, and `paths` (N,), relative to the folder.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.progress import Progress

from mmsar.apis.cli import add_chips, list_chips, require_output
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError
from mmsar.io import replacing
from mmsar.models.classifiers.pooled_norm import POOLS


def main(argv: Sequence[str] | None = None) -> None:
    """Extract."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_chips(parser, 'weights of the backbone, or a work folder with a checkpoint')
    parser.add_argument(
        '--out', type=Path, required=True, metavar='FILE', help='.npz, or .parquet (needs pyarrow)'
    )
    parser.add_argument(
        '--pool', choices=POOLS, default='mean', help='mean of the tokens (default), or all of them'
    )
    parser.add_argument(
        '--norm', action='store_true', help='normalise each token, or their mean, over its values'
    )
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.npz', '.parquet')
    if args.out.suffix.lower() == '.parquet':
        require_parquet()
    names = list_chips(args.folder)
    from mmsar.apis.recognition.feature_extractor import FeatureExtractor

    config = load_config(args.config, args.cfg_options)
    fields = {'data_set': args.data_set} if args.data_set else None
    extractor = FeatureExtractor(config, args.checkpoint, args.device, args.pool, args.norm, fields)
    with Progress() as progress:
        task = progress.add_task('extracting', total=len(names))
        features = extractor(
            [args.folder / name for name in names],
            args.batch_size,
            lambda count: progress.advance(task, count),
        )
    write_features(args.out, names, features)
    print(f'wrote {args.out}: {features.shape[0]} chips, {features.shape[1]} values each')


def write_features(path: Path, names: Sequence[str], features: np.ndarray) -> None:
    """Write vectors and the files that they are of, whole or not at all."""
    with replacing(path) as temporary:
        if path.suffix.lower() == '.npz':
            with temporary.open('wb') as file:
                np.savez_compressed(file, paths=np.array(names), features=features)
            return
        import pandas

        table = pandas.DataFrame({'path': list(names), 'feature': list(features)})
        table.to_parquet(temporary)


def require_parquet() -> None:
    """Require what writes parquet.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        import pandas  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            '--out FILE.parquet needs two packages: pip install pandas pyarrow; or name a .npz'
        ) from error


if __name__ == '__main__':
    run_tool(main)
