"""What the steps of an experiment do; each function is called in a process of its own.

Each imports what it needs: the process of every step would take seconds longer with all of it.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmsar.apis.config import load_config
from mmsar.apis.cross_sensor.settings import SAR2
from mmsar.apis.provenance import write_json
from mmsar.io import replacing


@dataclass(frozen=True)
class Context:
    """Where a step is done.

    Attributes:
        work: Work folder of the experiment.
        tools: Folder of ``train.py`` and the other tools.
    """

    work: Path
    tools: Path

    def tool(self, name: str, *arguments: object) -> None:
        """Call a tool in this process."""
        spec = importlib.util.spec_from_file_location(
            f'mmsar_tool_{name}', self.tools / f'{name}.py'
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.main([str(argument) for argument in arguments])

    def write_config(self, config: Any, folder: Path) -> Path:
        """Write what a tool shall run into its work folder, whole or not at all."""
        path = folder / 'config.py'
        with replacing(path) as temporary:
            config.dump(temporary)
        return path


def link_parts(
    context: Context,
    sources: Mapping[str, str],
    parts: Mapping[str, Mapping[str, Sequence[str]]],
    out: str,
) -> None:
    """Make folders that have the images of each part, and ``split.json``, which lists them."""
    from mmsar.apis.cross_sensor.places import link_images

    for part, images in parts.items():
        names = [name for of_class in images.values() for name in of_class]
        link_images(Path(sources[part]), names, context.work / out / part)
    name = 'split.json' if len(parts) > 1 else f'{next(iter(parts)).replace("/", "_")}.json'
    write_json(context.work / out / name, {'sources': dict(sources), 'parts': dict(parts)})


def train(context: Context, config: str, options: Mapping[str, Any], seed: int, out: str) -> None:
    """Train the network of a method, or go on with it."""
    settings = load_config(config, dict(options))
    if 'randomness.seed' not in options and settings.get('randomness') is not None:
        settings.randomness.seed = seed
    folder = context.work / out
    path = context.write_config(settings, folder)
    context.tool('train', path, '--work-dir', folder, '--resume')


def migrate(
    context: Context,
    config: str,
    options: Mapping[str, Any],
    checkpoint: str | None,
    seed: int,
    batch_size: int | None,
    content: str,
    style: str,
    out: str,
) -> None:
    """Migrate a folder, or what is missing of it."""
    settings = load_config(config, dict(options))
    styles = settings.test_cfg.get('styles')
    if styles is not None and 'test_cfg.styles.seed' not in options:
        styles.seed = seed
    log = context.work / 'logs' / 'runs' / out
    path = context.write_config(settings, log)
    folders = [f'--{name}={context.work / folder}' for name, folder in
               (('content', content), ('style', style), ('out', out))]  # fmt: skip
    more = [] if batch_size is None else ['--batch-size', batch_size]
    first = [path] if checkpoint is None else [path, checkpoint]
    context.tool('migrate', *first, *folders, *more, '--work-dir', log)


def generate(
    context: Context,
    config: str,
    options: Mapping[str, Any],
    checkpoint: str | None,
    counts: Mapping[str, int],
    out: str,
) -> None:
    """Generate so many images of each class; classes of one number at a time."""
    settings = load_config(config, dict(options))
    log = context.work / 'logs' / 'runs' / out
    path = context.write_config(settings, log)
    first = [path] if checkpoint is None else [path, checkpoint]
    for number in sorted(set(counts.values())):
        names = [name for name, count in counts.items() if count == number]
        flags = ['--number', number, '--out', context.work / out, '--work-dir', log]
        context.tool('generate', *first, '--classes', *names, *flags)


def classify(
    context: Context,
    config: str,
    options: Mapping[str, Any],
    seed: int,
    classes: Sequence[str],
    sets: Mapping[str, str],
    counts: Mapping[str, int] | None,
    test: str,
    epochs: int | None,
    steps_of_images: int | None,
    out: str,
    record: str,
) -> None:
    """Train a classifier, or go on with it; test it, and write its scores."""
    from mmsar.apis.cross_sensor.classifier import (
        classifier_config,
        length_of,
        steps_an_epoch,
        write_list,
    )
    from mmsar.apis.cross_sensor.scores import confusion_matrix, read_training

    folder = context.work / out
    folders = {name: context.work / path for name, path in sets.items()}
    images = write_list(folder / 'train.csv', folders, counts, SAR2, seed)
    tests = write_list(folder / 'test.csv', {'test': context.work / test})
    settings = load_config(config, dict(options))
    length = length_of(settings, len(images), epochs, steps_of_images)
    steps = length * steps_an_epoch(settings, len(images))
    lists = folder / 'train.csv', folder / 'test.csv'
    path = context.write_config(classifier_config(settings, *lists, classes, length, seed), folder)
    context.tool('train', path, '--work-dir', folder, '--resume')

    import torch

    from mmsar.apis.recognition.classifier import ChipClassifier

    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    classifier = ChipClassifier(path, str(folder), device)
    files = [folder / chip.path for chip in tests]
    numbers = {name: number for number, name in enumerate(classes)}
    truth = [numbers[chip.label] for chip in tests]
    found = classifier(files).labels.tolist()
    confusion = confusion_matrix(truth, found, len(classes))
    write_json(
        context.work / record,
        {
            'classes': list(classes),
            'confusion': confusion.tolist(),
            'images': {
                name: {c: sum(k.set == name and k.label == c for k in images) for c in classes}
                for name in sets
            },
            'epochs': length,
            'steps': steps,
            'training': read_training(folder),
        },
    )


def compare(
    context: Context,
    settings: Mapping[str, Any],
    real: str,
    images: str,
    source: str,
    out: str,
    seed: int,
) -> None:
    """Compare a set of images with test images of the new sensor."""
    from mmsar.apis.image_comparison.comparison import ImageComparison
    from mmsar.apis.image_comparison.image_folder import read_folder, require_one_unit
    from mmsar.evaluation.generation.statistics import FidelitySettings

    domain, crop, unit = settings['domain'], settings['crop'], settings['unit']
    folders = [
        read_folder(context.work / path, domain, crop, None, unit, f'reading {path}')
        for path in (real, images, source)
    ]
    require_one_unit(folders, unit)
    how = FidelitySettings(patch=settings['patch'], seed=seed, saturation=folders[0].saturation)
    sets = {'images': folders[1]}
    if images != source:
        sets['source'] = folders[2]
    comparison = ImageComparison(folders[0], sets, how, _features(settings))
    comparison.write(context.work / out, images, picture=seed == 0)


def _features(settings: Mapping[str, Any]) -> Any:
    """Return what makes features of a folder, or None."""
    if not settings['features']:
        return None
    from mmsar.apis.recognition.feature_extractor import FeatureExtractor

    extractor = FeatureExtractor(**settings['features'])
    return lambda folder: extractor(folder.paths)


STAGES: Mapping[str, Callable[..., None]] = {
    stage.__name__: stage for stage in (link_parts, train, migrate, generate, classify, compare)
}
