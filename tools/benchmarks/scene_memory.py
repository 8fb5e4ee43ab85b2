"""Detect in one large simulated port scene: memory, time, and whether the ships are found.

A 16-bit GeoTIFF (UTM) is written block by block; blocks are drawn from a few simulated ones. Then a
detector looks for the ships, and its detections are compared with them in WGS84.
"""

import argparse
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mmsar.apis import SceneDetector
from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.evaluation.detection.boxes import iou_matrix
from mmsar.io import RasterMeta, RowWriter, open_raster
from mmsar.io.georeference import metres
from mmsar.simulation import Sensor, radar_view, simulate_port

CONFIG = Path(__file__).parents[2] / 'configs' / 'quickstart' / 'ca-cfar_ports.py'
CALIBRATION = 3000.0  # digital number of sigma nought 0 dB, as in simulate_ports.py
BLOCK, SPACING = 500, 2.5  # pixels, metres
_IOU = 0.3
_NEAR = 64  # pixels between the centres of a ship and a detection of it at most


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path, help='for the scene; an existing one is taken')
    parser.add_argument('--size', type=positive_int, default=12000, help='pixels; default 12000')
    parser.add_argument('--blocks', type=positive_int, default=16, help='simulated; default 16')
    parser.add_argument('--seed', type=natural, default=0)
    parser.add_argument('--config', type=Path, default=CONFIG, help='default: CA-CFAR')
    parser.add_argument('--checkpoint', type=Path)
    parser.add_argument('--iou-thr', type=float, default=0.5, help='as of detect.py; default 0.5')
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--threads', type=natural, help="default: PyTorch's choice")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    scene = args.folder / f'ports_{args.size}.tif'
    if not scene.exists():
        ships = write_scene(scene, args.size, args.blocks, args.seed)
        scene.with_suffix('.json').write_text(json.dumps(ships.tolist()))
    ships = np.array(json.loads(scene.with_suffix('.json').read_text())).reshape(-1, 4)
    detector = SceneDetector(args.config, args.checkpoint, args.device, iou_thr=args.iou_thr)
    # What is loaded at the first use; and the memory until then, of writing too
    detector(np.random.default_rng(0).integers(100, 9000, (600, 600)).astype(np.uint16))
    before, start = peak(), time.perf_counter()
    found = detector(scene)
    seconds = time.perf_counter() - start
    print(
        f'{args.size} x {args.size} pixels, {found.tiles} tiles of {detector.tiling.size}: '
        f'{seconds:.0f} s, {found.tiles / seconds:.1f} tiles/s'
    )
    print(f'peak memory: {before:.0f} MB before the scene, {peak():.0f} MB with it')
    owner, best, count = matched(found.boxes, ships)
    seen = np.flatnonzero(best > _IOU)
    print(
        f'{len(ships)} ships, {len(seen)} found (IoU > {_IOU}), {(count > 1).sum()} of them twice'
    )
    print(f'{len(found)} detections')
    if len(seen):
        with open_raster(scene) as raster:
            place = raster.georeference()
        assert place is not None
        assert found.centres is not None
        middle = (ships[seen, :2] + ships[seen, 2:]) / 2
        lon, lat = found.centres[owner[seen]].T
        apart = metres(lon, lat, *place.lonlat(*middle.T)) / SPACING
        ours = (found.boxes[owner[seen], :2] + found.boxes[owner[seen], 2:]) / 2
        pixels = np.hypot(*(ours - middle).T)
        print(
            f'centres in WGS84 are {np.median(apart):.2f} pixels (median) from those simulated; '
            f'of that, {np.abs(apart - pixels).max():.3f} at most by the geo-reference'
        )


def matched(
    boxes: NDArray[np.float64], ships: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """Return of each ship the best box, its IoU, and the number of boxes that match."""
    owner, best = np.zeros(len(ships), np.intp), np.zeros(len(ships))
    count = np.zeros(len(ships), np.intp)
    if not len(boxes):
        return owner, best, count
    tree = cKDTree((boxes[:, :2] + boxes[:, 2:]) / 2)
    for number, ship in enumerate(ships):
        near = np.array(tree.query_ball_point((ship[:2] + ship[2:]) / 2, _NEAR), np.intp)
        if len(near):
            overlap = iou_matrix(boxes[near], ship[None])[:, 0]
            owner[number], best[number] = near[overlap.argmax()], overlap.max()
            count[number] = (overlap > _IOU).sum()
    return owner, best, count


def write_scene(path: Path, size: int, blocks: int, seed: int) -> NDArray[np.float64]:
    """Write a scene block by block, and return the boxes (N, 4) of its ships in pixels."""
    pool = []
    for number in range(blocks):
        streams = [np.random.default_rng((seed, number, stream)) for stream in range(2)]
        port = simulate_port(BLOCK, streams[0])
        digital = np.sqrt(radar_view(port, Sensor(), streams[1])) * CALIBRATION
        boxes = np.array([ship.box() for ship in port.ships]).reshape(-1, 4)
        pool.append((np.minimum(digital, 65535)[..., None], boxes))
    shape = (size, size, 1)
    transform = (SPACING, 0.0, 560_000.0, 0.0, -SPACING, 5_940_000.0)
    meta = RasterMeta(shape, 'uint16', domain='amplitude', crs='EPSG:32632', transform=transform)
    choose = np.random.default_rng((seed, blocks))
    ships = []
    path.parent.mkdir(parents=True, exist_ok=True)
    with RowWriter(path, shape, 'uint16', meta) as writer:
        for row in range(0, size, BLOCK):
            parts = []
            for column in range(0, size, BLOCK):
                image, boxes = pool[choose.integers(blocks)]
                parts.append(image)
                moved = boxes + [column, row] * 2
                ships.append(moved[(moved[:, 2:] < size).all(axis=1)])
            strip = np.concatenate(parts, axis=1)
            writer.write(strip[: size - row, :size])
    return np.concatenate(ships)


def peak() -> float:
    """Return the largest resident memory of this process in MB (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == '__main__':
    run_tool(main)
