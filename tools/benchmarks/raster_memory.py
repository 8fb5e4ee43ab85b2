"""Measure how much memory and time the enlargement of a large raster takes, with random weights.

A raster of speckle (uint8 GeoTIFF) is enlarged strip by strip by the network of a config. Printed
are the resident memory before and at its peak: what grows with the width of a raster, and must not
with its height.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
import torch
from mmengine.registry import init_default_scope
from rasterio.transform import from_origin

from mmsar.apis import SuperResolver, load_config
from mmsar.apis.cli import natural
from mmsar.apis.explain import run_tool
from mmsar.registry import MODELS

CONFIG = Path(__file__).parents[2] / 'configs' / 'ssnet' / 'ssnet_x2_1xb16-300k_isar.py'
_STRIP = 256


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--config', type=Path, default=CONFIG, help='default: SSNet x2, full size')
    parser.add_argument('--rows', type=natural, default=512, help='of the raster; default 512')
    parser.add_argument('--columns', type=natural, default=4096, help='default 4096')
    parser.add_argument('--threads', type=natural, help="default: PyTorch's choice")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_raster(folder / 'scene.tif', args.rows, args.columns)
        config = load_config(args.config)
        init_default_scope(config.default_scope)
        torch.manual_seed(0)
        torch.save({'state_dict': MODELS.build(config.model).state_dict()}, folder / 'random.pth')
        resolver = SuperResolver(str(args.config), str(folder / 'random.pth'), device='cpu')
        resolver(np.ones((64, 64), np.uint8))  # what is loaded at the first use
        before, start = resident(), time.perf_counter()
        resolver.file(str(folder / 'scene.tif'), str(folder / 'large.tif'))
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with rasterio.open(folder / 'large.tif') as large:
            shape = large.shape
    print(
        f'{args.rows} x {args.columns} to {shape[0]} x {shape[1]} pixels, {seconds:.0f} s; '
        f'resident: {before:.0f} MB, {peak:.0f} MB at its peak, {peak - before:.0f} MB more'
    )


def write_raster(path: Path, rows: int, columns: int) -> None:
    """Write speckle of one look, strip by strip."""
    rng = np.random.default_rng(0)
    profile = dict(width=columns, height=rows, count=1, dtype='uint8', crs='EPSG:32650')
    with rasterio.open(
        path, 'w', driver='GTiff', transform=from_origin(5e5, 4e6, 2, 2), **profile
    ) as file:
        for first in range(0, rows, _STRIP):
            count = min(_STRIP, rows - first)
            pixels = np.clip(rng.gamma(1, 30, (count, columns)), 0, 255).astype(np.uint8)
            file.write(pixels, 1, window=((first, first + count), (0, columns)))


def resident() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == '__main__':
    run_tool(main)
