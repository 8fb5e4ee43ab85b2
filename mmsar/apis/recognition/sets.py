"""The training and test chips of a classifier's config, for tools that take features of them."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.config import part_dataloader
from mmsar.apis.recognition.loading import test_pipeline
from mmsar.errors import ConfigError


@dataclass(frozen=True, eq=False)
class ChipSet:
    """Chips of a part of a data set.

    Attributes:
        data: Gives ``inputs`` and ``data_samples`` of a chip, by the test pipeline.
        paths: (N,), files.
        labels: (N,), int64.
        groups: (N,), equal ones are views of one image; None: each chip is one.
        classes: Their names.
        root: Folder of the data set.
        digest: Of the names below ``root`` and the contents of all files.
    """

    data: Any
    paths: list[str]
    labels: NDArray[np.int64]
    groups: list[Any] | None
    classes: tuple[str, ...]
    root: str
    digest: str


def read_chip_sets(config: Config) -> tuple[ChipSet, ChipSet]:
    """Return the chips that a config trains on, and those that it tests on.

    Both pass through the test pipeline: features are taken without augmentation.

    Raises:
        ConfigError: They have no classes, or other ones.
    """
    from mmengine.registry import init_default_scope

    init_default_scope(config.get('default_scope', 'mmpretrain'))
    pipeline = test_pipeline(config)
    train, test = (
        _read(part_dataloader(config, part).dataset, pipeline, part) for part in ('train', 'test')
    )
    if train.classes != test.classes:
        raise ConfigError(
            f'the training data have the classes {", ".join(train.classes)}, the test data '
            f'{", ".join(test.classes)}; set metainfo=dict(classes=(...)) of both alike'
        )
    return train, test


def _read(settings: Any, pipeline: list[dict[str, Any]], part: str) -> ChipSet:
    from mmengine.registry import DATASETS

    while settings.get('dataset') is not None:  # wrappers: seeds, few shots
        settings = settings['dataset']
    data: Any = DATASETS.build({**settings, 'pipeline': pipeline, 'test_mode': True})
    infos = [data.get_data_info(number) for number in range(len(data))]
    classes = tuple(data.metainfo.get('classes') or ())
    if not classes or any('gt_label' not in info for info in infos):
        raise ConfigError(f'the data of the {part}_dataloader have no classes; give a classifier')
    paths = [str(info['img_path']) for info in infos]
    groups = [info.get('group') for info in infos]
    root = str(settings.get('data_root') or os.path.commonpath(paths))
    return ChipSet(
        data,
        paths,
        np.array([int(info['gt_label']) for info in infos], np.int64),
        None if None in groups else groups,
        classes,
        root,
        digest_files(paths, root),
    )


def digest_files(paths: Sequence[str], root: str) -> str:
    """Return a hash of names below a folder and of contents, in this order."""
    with ThreadPoolExecutor(4) as pool:
        contents = list(pool.map(lambda path: hashlib.sha256(Path(path).read_bytes()), paths))
    whole = hashlib.sha256()
    for path, content in zip(paths, contents, strict=True):
        name = os.path.relpath(path, root).replace(os.sep, '/')
        whole.update(f'{name}\0{content.hexdigest()}\n'.encode())
    return whole.hexdigest()
