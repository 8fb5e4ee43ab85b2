"""The training and test chips of a classifier's config, for tools that take features of them."""

import hashlib
import os
import warnings
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
from mmsar.datasets.checks import some
from mmsar.datasets.recognition.few_shot import groups_of
from mmsar.errors import ConfigError, DataError


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
        contents: (N,), hashes of the files.
    """

    data: Any
    paths: list[str]
    labels: NDArray[np.int64]
    groups: list[Any] | None
    classes: tuple[str, ...]
    root: str
    digest: str
    contents: Sequence[str] = ()


def read_chip_sets(config: Config) -> tuple[ChipSet, ChipSet]:
    """Return the chips that a config trains on, and those that it tests on.

    Both pass through the test pipeline: features are taken without augmentation.

    Raises:
        ConfigError: They have no classes, or other ones.
        DataError: A class of the test chips has none to train, or both have views of one image.
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
    _require_apart(train, test)
    return train, test


def _require_apart(train: ChipSet, test: ChipSet) -> None:
    """Check that training chips can teach what the test asks, and do not show it."""
    untaught = sorted(set(test.labels.tolist()) - set(train.labels.tolist()))
    if untaught:
        names = some([train.classes[label] for label in untaught])
        raise DataError(
            f'{train.root}: the classes {names} have test chips and no training chips; add some, '
            'or leave these test chips out with exclude'
        )
    shared = set(train.groups or ()) & set(test.groups or ())
    if shared:
        raise DataError(
            f'{len(shared)} groups have views of one image among the training and the test chips: '
            f'{some(sorted(map(str, shared)))}; divide the data set by groups'
        )
    known = set(train.contents)
    again = [path for path, mark in zip(test.paths, test.contents, strict=True) if mark in known]
    if again:
        warnings.warn(
            f'{len(again)} of {len(test.paths)} test chips are also among the training chips, file '
            f'for file: {some(again)}. Accuracies are too high; leave them out with exclude',
            stacklevel=3,
        )


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
    contents = hash_files(paths)
    root = str(settings.get('data_root') or os.path.commonpath(paths))
    return ChipSet(
        data,
        paths,
        np.array([int(info['gt_label']) for info in infos], np.int64),
        groups_of(infos),
        classes,
        root,
        digest_files(paths, contents, root),
        contents,
    )


def hash_files(paths: Sequence[str]) -> list[str]:
    """Return a hash of the content of each file."""
    with ThreadPoolExecutor(4) as pool:
        return list(
            pool.map(lambda path: hashlib.sha256(Path(path).read_bytes()).hexdigest(), paths)
        )


def digest_files(paths: Sequence[str], contents: Sequence[str], root: str) -> str:
    """Return a hash of names below a folder and of contents, in this order."""
    whole = hashlib.sha256()
    for path, content in zip(paths, contents, strict=True):
        name = os.path.relpath(path, root).replace(os.sep, '/')
        whole.update(f'{name}\0{content}\n'.encode())
    return whole.hexdigest()
