"""The images of an experiment before anything is made: which there are, and how many."""

import hashlib
from pathlib import Path

from mmsar.apis.cross_sensor.places import TEST
from mmsar.apis.cross_sensor.settings import GENERATED, SAR1, SAR2, Experiment, Row
from mmsar.apis.cross_sensor.split import (
    ByClass,
    Split,
    count_by_class,
    draw,
    list_classes,
    require_classes,
    split,
)
from mmsar.errors import DataError


class ImageSets:
    """What is in the folders that a config names.

    Args:
        experiment: Names them.

    Attributes:
        classes: In order.
        sar1: Images of the old sensor that are used.
        sar2: Of the new sensor, both parts.
        generated: Of a folder; empty where they are made here.
        digests: Of the files' content, by set.

    Raises:
        ConfigError: A number is wrong.
        DataError: A folder is missing or lacks a class, or a class has too few images.
    """

    def __init__(self, experiment: Experiment) -> None:
        data = experiment.data
        self.experiment = experiment
        self.folders = {SAR1: Path(data.sar1).resolve(), SAR2: Path(data.sar2).resolve()}
        found = {
            name: list_classes(folder, f'data.{name}') for name, folder in self.folders.items()
        }
        self.classes = tuple(data.classes or sorted({*found[SAR1], *found[SAR2]}))
        for name, folder in self.folders.items():
            found[name] = require_classes(found[name], self.classes, f'data.{name} {folder}')
        self.sar1 = draw(found[SAR1], data.sar1_counts, 'data.sar1_counts')
        self.sar2 = found[SAR2]
        self.generated: ByClass = {}
        made = experiment.generated
        if made is not None and made.folder is not None:
            folder = self.folders[GENERATED] = Path(made.folder).resolve()
            there = list_classes(folder, 'generated.folder')
            there = require_classes(there, self.classes, f'generated.folder {folder}')
            self.generated = draw(there, made.counts, 'generated.counts')
        self.digests = {
            name: _digest(self.folders[name], images)
            for name, images in ((SAR1, self.sar1), (SAR2, self.sar2), (GENERATED, self.generated))
            if images
        }
        self._splits: dict[int, Split] = {}

    def split(self, seed: int) -> Split:
        """Return the parts of the new sensor's images."""
        if seed not in self._splits:
            settings = self.experiment.data.split
            self._splits[seed] = split(self.sar2, settings, seed, self.folders[SAR2])
        return self._splits[seed]

    def sources(self) -> dict[str, str]:
        """Return where images are from, by part."""
        sources = {SAR1: SAR1, f'data/{SAR1}': SAR1, f'data/{SAR2}': SAR2, TEST: SAR2}
        return {part: str(self.folders[name]) for part, name in sources.items()}

    def parts(self, seed: int | None) -> dict[str, ByClass]:
        """Return the images of each folder of a seed; without a seed, of the old sensor alone."""
        if seed is None:
            return {f'data/{SAR1}': self.sar1}
        found = self.split(seed)
        return {f'data/{SAR1}': self.sar1, f'data/{SAR2}': found.train, TEST: found.test}

    def counts(self, name: str, seed: int = 0) -> dict[str, int]:
        """Return the number of images of a set by class; migrated ones are as many as contents."""
        content = name.rpartition('/')[2]
        made = self.experiment.generated
        if content == GENERATED and made is not None and made.folder is None:
            return count_by_class(made.counts, self.classes, 'generated.counts')
        images = {
            SAR1: self.sar1,
            GENERATED: self.generated,
            SAR2: self.split(seed).train,
            TEST: self.split(seed).test,
        }[content]
        return {label: len(names) for label, names in images.items()}

    def row_counts(self, row: Row, seed: int = 0) -> dict[str, int]:
        """Return the number of training images of a row by class.

        Raises:
            DataError: There are fewer than ``equal_to`` asks for.
        """
        own = [name for name in row.train if name == SAR2]
        others = [name for name in row.train if name != SAR2]
        total = dict.fromkeys(self.classes, 0)
        for label in total:
            extra = sum(self.counts(name, seed)[label] for name in others)
            if row.equal_to is not None and others:
                wanted = self.counts(row.equal_to, seed)[label]
                if extra < wanted:
                    raise DataError(
                        f'row {row.label or row.train}: equal_to={row.equal_to!r} asks for '
                        f'{wanted} images of {label}, and there are {extra}'
                    )
                extra = wanted
            total[label] = extra + sum(self.counts(name, seed)[label] for name in own)
        return total


def _digest(folder: Path, images: ByClass) -> str:
    """Return a hash of names and contents."""
    found = hashlib.blake2s()
    for names in images.values():
        for name in names:
            found.update(name.encode() + b'\0')
            with (folder / name).open('rb') as file:
                found.update(hashlib.file_digest(file, 'blake2s').digest())
    return found.hexdigest()
