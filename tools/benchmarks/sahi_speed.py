"""Tiles a second of mmsar and of sahi (pip install sahi), with one mmdet model in one run.

Both cut an 8-bit image into tiles of the same size and overlap, and merge by non-maximum
suppression. The model has random weights: boxes do not count here, and a low score keeps few.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.registry import MODELS, init_default_scope

from mmsar.apis import SceneDetector, load_config
from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.io import write_raster

CONFIG = Path(__file__).parents[2] / 'configs' / 'yolov3' / 'yolov3_r18-slim_ports.py'
_SCORE = 0.9


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--config', type=Path, default=CONFIG, help='default: slim YOLOv3')
    parser.add_argument('--size', type=positive_int, default=1024, help='of the image')
    parser.add_argument('--tile', type=positive_int, default=256)
    parser.add_argument('--overlap', type=natural, default=64, help='in pixels')
    parser.add_argument('--batches', type=positive_int, nargs='+', default=[1, 4, 8])
    parser.add_argument('--repeat', type=positive_int, default=3, help='the fastest counts')
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--threads', type=natural, help="default: PyTorch's choice")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pixels = np.random.default_rng(0).gamma(1, 40, (args.size, args.size, 1)).clip(0, 255)
        write_raster(folder / 'scene.png', pixels.repeat(3, axis=2).astype(np.uint8))
        config, weights = write_model(args.config, folder, args.tile)
        runs: dict[str, Callable[[], int]] = {'sahi': sahi(args, folder, config, weights)}
        for batch in args.batches:
            runs[f'mmsar, batch of {batch}'] = mmsar(args, folder, config, weights, batch)
        seconds: dict[str, float] = {key: float('inf') for key in runs}
        tiles = {key: run() for key, run in runs.items()}  # what is loaded at the first use
        for _ in range(args.repeat):  # in turn: the machine may be busy with something else
            for key, run in runs.items():
                start = time.perf_counter()
                run()
                seconds[key] = min(seconds[key], time.perf_counter() - start)
    speeds = {key: tiles[key] / seconds[key] for key in runs}
    for key, speed in speeds.items():
        print(
            f'{key:18s} {tiles[key]:4d} tiles, {speed:6.2f} a second, {speed / speeds["sahi"]:.2f}'
        )


def write_model(path: Path, folder: Path, tile: int) -> tuple[Path, Path]:
    """Write config and weights with the pipeline that sahi asks for; return their paths."""
    config = load_config(path)
    init_default_scope(config.default_scope)
    pipeline = [
        {'type': 'LoadImageFromFile', 'backend_args': None},
        {'type': 'Resize', 'scale': (tile, tile), 'keep_ratio': True},
        {
            'type': 'PackDetInputs',
            'meta_keys': ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
        },
    ]
    config.test_dataloader.dataset.pipeline = pipeline
    # sahi looks for masks in it
    config.train_dataloader = {'dataset': {'type': 'CocoDataset', 'pipeline': pipeline}}
    config.test_dataloader.dataset.metainfo = {'classes': ('ship',)}
    torch.manual_seed(0)
    state = MODELS.build(config.model).state_dict()
    meta = {'dataset_meta': {'classes': ('ship',)}}
    torch.save({'state_dict': state, 'meta': meta}, folder / 'weights.pth')
    config.dump(folder / 'config.py')
    return folder / 'config.py', folder / 'weights.pth'


def sahi(args: Any, folder: Path, config: Path, weights: Path) -> Callable[[], int]:
    """Return a run of sahi, which gives the number of its tiles."""
    from sahi import AutoDetectionModel
    from sahi.predict import get_sliced_prediction
    from sahi.slicing import slice_image

    model = AutoDetectionModel.from_pretrained(
        'mmdet',
        model_path=str(weights),
        config_path=str(config),
        confidence_threshold=_SCORE,
        device=args.device,
    )
    cut = {
        'slice_height': args.tile,
        'slice_width': args.tile,
        'overlap_height_ratio': args.overlap / args.tile,
        'overlap_width_ratio': args.overlap / args.tile,
    }

    def run() -> int:
        get_sliced_prediction(
            str(folder / 'scene.png'),
            model,
            perform_standard_pred=False,
            postprocess_type='NMS',
            postprocess_match_metric='IOU',
            verbose=0,
            **cut,
        )
        return count

    count = len(slice_image(str(folder / 'scene.png'), verbose=False, **cut).images)
    return run


def mmsar(args: Any, folder: Path, config: Path, weights: Path, batch: int) -> Callable[[], int]:
    """Return a run of mmsar, which gives the number of its tiles."""
    detector = SceneDetector(
        config, weights, args.device, args.tile, args.overlap, batch, score_thr=_SCORE
    )
    return lambda: detector(folder / 'scene.png').tiles


if __name__ == '__main__':
    run_tool(main)
