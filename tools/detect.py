"""Detect objects in radar scenes of any size, and write where they are on the ground.

Scenes are files, or folders of them at any depth. Of each, files of its name are written to OUT:
GeoJSON in WGS84 (in pixels where there is no geo-reference), CSV, a PNG file with the boxes.
OUT/manifest.jsonl says of each scene whether it is done, or why it has failed. Start it again after
an interruption or to try failures again: what is done stays.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import (
    Options,
    add_launcher,
    export_local_rank,
    natural,
    positive_int,
)
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> None:
    """Detect."""
    args = _parser().parse_args(argv)
    export_local_rank(args)
    # These take seconds to import.
    from mmsar.apis.launch import find_checkpoint, join_processes
    from mmsar.apis.scenes.archive import SceneArchive, settings_of
    from mmsar.apis.scenes.detector import SceneDetector
    from mmsar.apis.scenes.outputs import Outputs

    if args.device and args.launcher != 'none':
        raise ConfigError('--device is for one process: with a launcher, each has its own GPU')
    outputs = Outputs(tuple(args.format), not args.no_quick_look, args.chips)
    device = join_processes(args.launcher) if args.launcher != 'none' else args.device
    checkpoint = None if args.checkpoint == 'none' else find_checkpoint(args.checkpoint)
    stretch = {'rule': 'percentile', **args.stretch} if args.stretch else None
    detector = SceneDetector(
        args.config,
        checkpoint,
        device or _default_device(),
        args.tile,
        args.overlap,
        args.batch_size,
        args.score_thr,
        args.iou_thr,
        stretch,
        args.tta,
        args.height,
        args.cfg_options,
    )
    land = args.land.read_bytes() if args.land else None
    settings = settings_of(detector, checkpoint, stretch=stretch, tta=args.tta, land=_digest(land))
    archive = SceneArchive(detector, settings, outputs, args.land)
    summary = archive.run(args.scene, args.out, args.overwrite)
    if _is_first():
        print(summary)
    summary.require_complete()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('scene', type=Path, nargs='+', help='images, or folders of images')
    parser.add_argument('--config', type=Path, required=True, help='config file of a detector')
    parser.add_argument(
        '--checkpoint',
        required=True,
        help="checkpoint, or work folder with one; 'none' for detectors without weights",
    )
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder of results')
    parser.add_argument('--device', help='such as cpu or cuda:1; default: a GPU if there is one')
    parser.add_argument('--overwrite', action='store_true', help='again, with other settings')
    tiles = parser.add_argument_group('tiles')
    tiles.add_argument('--tile', type=positive_int, help="rows and columns; default: the config's")
    tiles.add_argument(
        '--overlap', type=natural, help="in pixels, at least the longest object; default: config's"
    )
    tiles.add_argument('--batch-size', type=positive_int, default=4, help='tiles at a time')
    tiles.add_argument('--land', type=Path, help='GeoJSON or raster of land, where nothing is')
    group = parser.add_argument_group('detections')
    group.add_argument('--score-thr', type=float, default=0.3, help='lowest score; default 0.3')
    group.add_argument('--iou-thr', type=float, default=0.5, help='of one object; default 0.5')
    group.add_argument('--tta', action='store_true', help="test with the config's augmentation")
    group.add_argument(
        '--stretch',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='of mmsar.StretchSAR, for scenes of other values: rule=percentile low=1 high=99',
    )
    group.add_argument(
        '--height', type=float, default=0.0, help='of the ground in metres, for scenes with RPC'
    )
    group.add_argument(
        '--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help='override settings'
    )
    results = parser.add_argument_group('results')
    results.add_argument(
        '--format',
        nargs='+',
        choices=['geojson', 'csv', 'coco', 'gpkg'],
        default=['geojson', 'csv'],
        help='default: geojson csv',
    )
    results.add_argument('--no-quick-look', action='store_true', help='no PNG files')
    results.add_argument('--chips', action='store_true', help='an image of each detection')
    add_launcher(parser)
    return parser


def _digest(content: bytes | None) -> str | None:
    import hashlib

    return None if content is None else hashlib.blake2s(content).hexdigest()


def _default_device() -> str:
    import torch

    return 'cuda' if torch.cuda.is_available() else 'cpu'


def _is_first() -> bool:
    from mmengine.dist import is_main_process

    return bool(is_main_process())


if __name__ == '__main__':
    run_tool(main)
