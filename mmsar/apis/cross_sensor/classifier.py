"""The config of a classifier's training with a list of images."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmsar.apis.initialisation.runs import set_length
from mmsar.datasets.recognition.chip_files import require_chips
from mmsar.datasets.recognition.manifest import Chip, write_manifest
from mmsar.datasets.splits import rank_by_hash
from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed

CHECKPOINTS = 10  # of a training, so that little is lost by a kill
_WHOLE_EPOCH = 10**6
ACCURACY = 'accuracy_top-1'  # as mmpretrain's heads log it


def require_classifier(config: Config, path: str) -> None:
    """Check that a config is of a classifier that can be trained here.

    Raises:
        ConfigError: It is not trained by epochs, or has no head or no pipeline.
    """
    if 'max_epochs' not in (config.get('train_cfg') or {}) or not config.model.get('head'):
        raise ConfigError(f'{path} is not of a classifier (model.head) that is trained by epochs')
    for part in ('train', 'test'):
        if not (config.get(f'{part}_dataloader') or {}).get('dataset'):
            raise ConfigError(f'{path} has no {part}_dataloader.dataset')
        if 'pipeline' not in _inner(config, part):
            raise ConfigError(f'{path}: {part}_dataloader.dataset has no pipeline')


def classifier_config(
    config: Config, images: Path, test: Path, classes: Sequence[str], epochs: int, seed: int
) -> Config:
    """Return the config of one training.

    The test part is not looked at while it trains. The loss and the accuracy of each epoch are
    logged once, as means over it.

    Args:
        config: Of the classifier; changed in place.
        images: List of the training images.
        test: List of the test images.
        classes: In order.
        epochs: Length.
        seed: Of the initial weights and of everything random.
    """
    for part, listed in (('train', images), ('test', test)):
        node = _inner(config, part)
        pipeline = node['pipeline']
        node.clear()
        node.update(
            type='mmsar.SARChips', ann_file=str(listed.resolve()), labelled=True,
            metainfo=dict(classes=list(classes)), pipeline=pipeline,
        )  # fmt: skip
        if part == 'test':
            node['test_mode'] = True
    config.val_dataloader = config.val_cfg = config.val_evaluator = None
    config.model.head.num_classes = len(classes)
    for preprocessor in (config.get('data_preprocessor'), config.model.get('data_preprocessor')):
        if preprocessor is not None and 'num_classes' in preprocessor:
            preprocessor.num_classes = len(classes)
    if str(config.model.head.type).endswith('LinearClsHead'):
        config.model.head.setdefault('cal_acc', not config.model.get('train_cfg'))
    config.randomness.seed = seed
    set_length(config, epochs, CHECKPOINTS)
    config.default_hooks.logger.interval = _WHOLE_EPOCH
    config.log_processor.custom_cfg = [
        dict(data_src=name, method_name='mean', window_size='epoch') for name in ('loss', ACCURACY)
    ]
    return config


def length_of(config: Config, images: int, epochs: int | None, steps_of: int | None) -> int:
    """Return the epochs of a training.

    Args:
        config: Of the classifier.
        images: Of this training.
        epochs: Asked for; None: those of the config.
        steps_of: As many steps, to whole epochs, as ``epochs`` with so many images.
    """
    epochs = epochs or int(config.train_cfg.max_epochs)
    if steps_of is None:
        return epochs
    return max(1, round(epochs * steps_an_epoch(config, steps_of) / steps_an_epoch(config, images)))


def steps_an_epoch(config: Config, images: int) -> int:
    """Return the number of batches of so many images.

    Raises:
        DataError: They do not fill one.
    """
    loader = config.train_dataloader
    sampler = loader.get('batch_sampler') or {}
    drops = sampler.get('drop_last', loader.get('drop_last', False))
    steps = images // loader.batch_size if drops else -(-images // loader.batch_size)
    if not steps:
        raise DataError(
            f'{images} training images do not fill one batch of {loader.batch_size}; set '
            'downstream.options={"train_dataloader.batch_size": N}'
        )
    return steps


def write_list(
    path: Path,
    folders: Mapping[str, Path],
    counts: Mapping[str, int] | None = None,
    kept: str = '',
    seed: int = 0,
) -> list[Chip]:
    """Write the images of several folders into one csv.

    Args:
        path: The csv.
        folders: By name of the set: folders of classes.
        counts: Take so many of each class, of all sets but ``kept``; drawn by the seed.
        kept: Set of which all images are taken.
        seed: Of the draw.
    """
    chips = []
    for name, folder in folders.items():
        for file in require_chips(folder, f'images of {name}'):
            relative = Path(os.path.relpath((folder / file).absolute(), path.parent.absolute()))
            chips.append(Chip(relative.as_posix(), name, file.partition('/')[0]))
    if counts is not None:
        others: dict[str, list[str]] = {}
        for chip in chips:
            if chip.set != kept:
                others.setdefault(chip.label, []).append(chip.path)
        key = derive_seed('equal counts', seed)
        drawn = {p for k, v in others.items() for p in rank_by_hash(v, key)[: counts.get(k, 0)]}
        chips = [chip for chip in chips if chip.set == kept or chip.path in drawn]
    write_manifest(path, chips)
    return chips


def _inner(config: Config, part: str) -> Any:
    """Return the innermost data set of a part."""
    node = config[f'{part}_dataloader'].dataset
    while isinstance(node.get('dataset'), Mapping):
        node = node.dataset
    return node
