"""A detector that needs no training, its config, and scenes for it.

It finds bright rectangles, by connected components: what it says of an object depends on the pixels
of the object alone, so tiles and whole scenes can be compared exactly.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.structures import InstanceData
from scipy import ndimage

from mmsar.io import RasterMeta, write_raster

ROOT = Path(__file__).parent.parent
PAUSE = 0.0  # in seconds, of a batch
CONFIG = f"""
_base_ = '{ROOT}/configs/_base_/default_runtime.py'
default_scope = 'mmdet'
custom_imports = dict(imports=['mmsar', 'toy_scenes'])
model = dict(type='mmengine.ToyDetector', log=None)
pipeline = [
    dict(type='mmsar.LoadSARImage', channels=3, domain_in='amplitude'),
    dict(type='mmsar.StretchSAR', rule='fixed', low=0, high=2550),
    dict(type='PackDetInputs', meta_keys=('img_path', 'ori_shape', 'img_shape')),
]
scene_tiles = dict(size=64, overlap=24)
test_dataloader = dict(
    dataset=dict(
        type='mmsar.CocoDetection', pipeline=pipeline, metainfo=dict(classes=('dim', 'bright'))
    )
)
"""


@MODELS.register_module()
class ToyDetector(BaseModel):
    """Bright rectangles: those above 100 of 255 are of class 0, those above 200 of class 1."""

    def __init__(self, log: str | None = None, data_preprocessor: Any = None) -> None:
        super().__init__(data_preprocessor)
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.log = log

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'predict') -> Any:
        time.sleep(PAUSE)
        if self.log:
            with Path(self.log).open('a') as file:
                file.write(f'{len(inputs)}\n')
        for image, sample in zip(inputs, data_samples, strict=True):
            sample.pred_instances = self.find(image.float()[0].numpy())
        return data_samples

    def find(self, image: np.ndarray) -> InstanceData:
        numbers, _ = ndimage.label(image > 100, np.ones((3, 3)))
        boxes, scores, labels = [], [], []
        for number, (rows, columns) in enumerate(ndimage.find_objects(numbers), 1):
            level = image[numbers == number].max()
            boxes.append((columns.start, rows.start, columns.stop, rows.stop))
            scores.append(level / 255)
            labels.append(int(level > 200))
        return InstanceData(
            bboxes=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
            scores=torch.tensor(scores, dtype=torch.float32),
            labels=torch.tensor(labels, dtype=torch.int64),
        )


assert DetDataSample  # its module registers nothing, and the pipeline wants it


def write_config(folder: Path, **model: Any) -> Path:
    """Write the config, with arguments of the model."""
    path = folder / 'toy.py'
    lines = [CONFIG, *(f'model.update({key}={value!r})' for key, value in model.items())]
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines))
    return path


def edge_targets(shape: tuple[int, int], size: int = 64, overlap: int = 24) -> list[list[int]]:
    """Return rectangles (x1, y1, x2, y2) on all borders and corners of tiles and of the scene."""

    def centres(length: int) -> list[int]:
        step = size - overlap
        starts = [*range(0, length - size, step), length - size]
        edges = {0, length, *starts, *(s + size for s in starts), *(s + size // 2 for s in starts)}
        kept: list[int] = []
        for edge in sorted(edges):
            if not kept or edge - kept[-1] >= 14:
                kept.append(edge)
        return kept

    rng = np.random.default_rng(0)
    found = []
    for row in centres(shape[0]):
        for column in centres(shape[1]):
            height, width = rng.integers(4, 12, 2)
            y, x = row - height // 2, column - width // 2
            box = [max(x, 0), max(y, 0), min(x + width, shape[1]), min(y + height, shape[0])]
            found.append([int(value) for value in box])
    return found


def draw(shape: tuple[int, int], targets: list[list[int]], seed: int = 0) -> np.ndarray:
    """Draw targets into noise; each has a level of its own."""
    rng = np.random.default_rng(seed)
    image = rng.integers(1, 300, shape).astype(np.uint16)
    for x1, y1, x2, y2 in targets:
        image[y1:y2, x1:x2] = rng.integers(1200, 2500)
    return image


def write_scene(path: Path, shape: tuple[int, int] = (230, 190), seed: int = 0) -> list[list[int]]:
    """Write a scene with targets on all borders; a GeoTIFF has a place."""
    targets = edge_targets(shape)
    targets = [t for n, t in enumerate(targets) if (n + seed) % 3] if seed else targets
    meta = None
    if path.suffix == '.tif':
        meta = RasterMeta(
            (*shape, 1), 'uint16', crs='EPSG:32632', transform=(10, 0, 5e5, 0, -10, 6e6)
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_raster(path, draw(shape, targets, seed), meta)
    return targets
