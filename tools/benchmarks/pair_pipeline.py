"""Measure how fast one worker loads optical-SAR pairs, and what each step of it takes.

The pairs are written for the benchmark: 8-bit PNG of 256 x 256 pixels with speckle and noise, laid
out as QXS-SAROPT and read with its config. The reference does what the published loader does
(github.com/yaoxu008/BNN): Pillow, Resize, ToTensor, Normalize. Both end with the same normalised
batch, which is checked first. All figures are CPU time of one thread.
"""

import argparse
import statistics
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.utils.data import default_collate

from mmsar.apis import load_config
from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.timing import describe_ratio, time_in_turns
from mmsar.datasets import SampleKey
from mmsar.datasets.pairs.qxs_saropt import qxs_members
from mmsar.registry import DATASETS, MODELS

CONFIG = Path(__file__).parents[2] / 'configs/bridge/bridge_r50_official-head_qxs-saropt.py'
SIZE = 256
FOLDERS = {'sar': 'sar_256_oc_0.2', 'optical': 'opt_256_oc_0.2'}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--pairs', type=positive_int, default=10, help='half a batch; default 10')
    parser.add_argument('--rounds', type=positive_int, default=40)
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as folder:
        write_pairs(Path(folder), max(args.pairs, 2), args.seed)
        measure(folder, args.rounds)


def write_pairs(root: Path, count: int, seed: int) -> None:
    """Write pairs whose PNG files are as hard to decode as those of real scenes."""
    generator = np.random.default_rng(seed)
    for folder in FOLDERS.values():
        (root / folder).mkdir(parents=True)
    for number in sorted(qxs_members('train'), key=int)[:count]:
        fields = generator.normal(size=(3, SIZE, SIZE))
        ground = gaussian_filter(fields, (0.5, 6, 6)) * 250 + gaussian_filter(fields, (0, 1, 1)) * 9
        speckle = 10 * np.log10(generator.gamma(4, 0.25, (SIZE, SIZE)))
        sar = 110 + ground[0] + speckle * 255 / 35
        optical = 110 + ground + generator.normal(0, 2.5, fields.shape)
        for name, image in (('sar', sar), ('optical', np.moveaxis(optical, 0, -1))):
            pixels = np.clip(image, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / FOLDERS[name] / f'{number}.png')


def measure(data_root: str, rounds: int) -> None:
    """Compare both loaders, and print what was measured."""
    config = load_config(CONFIG)
    init_default_scope(config.default_scope)
    config.train_dataloader.dataset.dataset.data_root = data_root
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # the copy of QXS-SAROPT is incomplete
        dataset = DATASETS.build(config.train_dataloader.dataset)
        dataset.full_init()
    preprocessor = MODELS.build(config.model.data_preprocessor)
    keys = [SampleKey(0, 0, sample) for sample in range(len(dataset))]
    found = preprocessor(pseudo_collate([dataset[key] for key in keys]))
    paths = [
        tuple(getattr(sample, f'{name}_path') for name in FOLDERS)
        for sample in found['data_samples']
    ]
    load = published_loader()

    def reference() -> list[Tensor]:
        return default_collate([load(*pair) for pair in paths])

    for name, images in zip(FOLDERS, reference(), strict=True):
        torch.testing.assert_close(found['inputs'][name], images, rtol=0, atol=1e-4)
    samples = [dataset[key] for key in keys]
    encoded = [np.fromfile(path, np.uint8) for pair in paths for path in pair]
    seconds = time_in_turns(
        {
            'decoding alone': lambda: [cv2.imdecode(data, -1) for data in encoded],
            **steps(dataset, keys),
            'collate and normalise': lambda: preprocessor(pseudo_collate(samples)),
            'mmsar, to the tensors': lambda: [dataset[key] for key in keys],
            'mmsar, to the batch': lambda: preprocessor(
                pseudo_collate([dataset[key] for key in keys])
            ),
            'reference, to the batch': reference,
        },
        rounds,
    )
    print(f'files of {sum(map(len, encoded)) / len(encoded) / 1e3:.0f} kB on average')
    print(f'{"":28}  ms a pair  pairs/s')
    for name, values in seconds.items():
        pair = statistics.median(values) / len(keys)
        print(f'{name:28}  {pair * 1e3:9.3f}  {1 / pair:7.0f}')
    ratio = describe_ratio(seconds['reference, to the batch'], seconds['mmsar, to the batch'])
    print(f'reference / mmsar, to the batch: {ratio}')


def steps(dataset: Any, keys: Sequence[SampleKey]) -> dict[str, Callable[[], object]]:
    """Return the steps of the pipeline; each works on what those before it left."""
    inner = dataset.dataset
    samples = [inner.get_data_info(key.sample) for key in keys]
    found: dict[str, Callable[[], object]] = {
        'choose the pair': lambda: [inner.get_data_info(key.sample) for key in keys]
    }
    for transform in inner.pipeline.transforms:
        name = f'{type(transform).__name__} {getattr(transform, "key", "")}'
        # A copy: steps write into the sample, not into its arrays.
        found[name] = partial(
            lambda step, inputs: [step(dict(sample)) for sample in inputs], transform, samples
        )
        samples = [transform(dict(sample)) for sample in samples]
    return found


def published_loader() -> Callable[[str, str], tuple[Tensor, Tensor]]:
    """Return the reference: both images with three channels and ImageNet's normalisation."""
    from torchvision import transforms

    transform = transforms.Compose(
        [
            transforms.Resize((SIZE, SIZE)),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )

    def load(sar: str, optical: str) -> tuple[Tensor, Tensor]:
        first, second = (transform(Image.open(path).convert('RGB')) for path in (sar, optical))
        return first, second

    return load


if __name__ == '__main__':
    run_tool(main)
