"""Tiny sets of optical-SAR pairs: 12 x 16 pixels whose values tell the number of their pair."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from mmsar.datasets import OpticalSARPairs
from mmsar.io import write_raster

HEIGHT, WIDTH = 12, 16
FOLDERS = {'sar': 'sar', 'optical': 'optical'}


def write_pair(root: Path, stem: str, number: int, size: tuple[int, int] = (HEIGHT, WIDTH)) -> None:
    """Write sar/STEM.png, grey, and optical/STEM.png, colour; the values are ``number``."""
    for folder, shape in (('sar', size), ('optical', (*size, 3))):
        (root / folder).mkdir(parents=True, exist_ok=True)
        write_raster(root / folder / f'{stem}.png', np.full(shape, number, np.uint8))


def write_folders(root: Path, stems: Iterable[object]) -> Path:
    """Write pairs of these names; the values are their places."""
    for number, stem in enumerate(map(str, stems)):
        write_pair(root, stem, number)
    return root


def write_list(root: Path, header: str, rows: Sequence[str], images: int | None = None) -> Path:
    """Write pairs.csv, and ``images`` pairs 0.png, 1.png, ... (default: one a row)."""
    root.mkdir(parents=True, exist_ok=True)
    (root / 'pairs.csv').write_text('\n'.join([header, *rows]) + '\n')
    return write_folders(root, range(len(rows) if images is None else images))


def folders(root, **kwargs) -> OpticalSARPairs:
    return OpticalSARPairs(str(root), data_prefix=FOLDERS, **kwargs)


def listed(root, **kwargs) -> OpticalSARPairs:
    return OpticalSARPairs(str(root), 'pairs.csv', **kwargs)


def row(number: int, *values: object) -> str:
    return ','.join(map(str, (f'sar/{number}.png', f'optical/{number}.png', *values)))


def partners(dataset) -> list[int]:
    """Return the pair of the optical image in each negative."""
    count = dataset.num_pairs
    samples = [dataset.get_data_info(index) for index in range(count, 2 * count)]
    assert [sample['sar_id'] for sample in samples] == list(range(count))
    assert all(sample['label'] == 0 for sample in samples)
    return [sample['optical_id'] for sample in samples]
