"""What an experiment is made of: the parts of its config."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Options = Mapping[str, Any]
SAR1, SAR2, GENERATED = 'sar1', 'sar2', 'generated'


@dataclass(frozen=True)
class SplitSettings:
    """How the images of the new sensor become a training and a test part.

    Attributes:
        train: Training images of each class: a number, or a share between 0 and 1.
        test: Test images likewise; None: all others.
        groups: Regular expression of the paths ``CLASS/FILE``: images with the same match (its
            first group, if it has one) are of one acquisition, and come into one part.
        manifest: In place of it, a csv with columns ``path`` (below the folder) and ``group``.
    """

    train: float = 0.7
    test: float | None = None
    groups: str | None = None
    manifest: str | None = None


@dataclass(frozen=True)
class DataSettings:
    """The images of both sensors.

    Attributes:
        sar1: Folder of the old sensor: folders of classes.
        sar2: Folder of the new one.
        names: What to call the sensors.
        classes: Their names in order. Default: the folders, sorted.
        sar1_counts: Use so many images of each class, or of each class by name; drawn once, the
            same for all seeds. Default: all.
        split: Of the new sensor's.
    """

    sar1: str
    sar2: str
    names: tuple[str, str] = ('SAR1', 'SAR2')
    classes: tuple[str, ...] | None = None
    sar1_counts: Any = None
    split: SplitSettings = field(default_factory=SplitSettings)


@dataclass(frozen=True)
class TrainingSettings:
    """Something that ``tools/train.py`` trains.

    Attributes:
        config: Default: the config that it is for.
        options: Settings in it to change.
    """

    config: str | None = None
    options: Options = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A way to give images of the old sensor the characteristics of the new one.

    Attributes:
        config: For ``tools/migrate.py``.
        label: What to call it. Default: its name.
        options: Settings in it to change.
        train: What is trained before; its work folder is the checkpoint of the migration.
        checkpoint: Of a network that is trained already.
        batch_size: Of the migration. Default: the config's.
    """

    config: str
    label: str | None = None
    options: Options = field(default_factory=dict)
    train: TrainingSettings | None = None
    checkpoint: str | None = None
    batch_size: int | None = None


@dataclass(frozen=True)
class GeneratedSettings:
    """Generated images of the old sensor: a folder of them, or how they are made.

    Attributes:
        counts: Images of each class, or of each class by name; for a folder: those of it that are
            used, all by default.
        folder: Folders of classes.
        config: For ``tools/generate.py``.
        options: Settings in it to change.
        train: What is trained before, with images of the old sensor.
        checkpoint: Of a network that is trained already.
    """

    counts: Any = None
    folder: str | None = None
    config: str | None = None
    options: Options = field(default_factory=dict)
    train: TrainingSettings | None = None
    checkpoint: str | None = None


@dataclass(frozen=True)
class DownstreamSettings:
    """The classifier that is trained with each set of images.

    Attributes:
        config: For ``tools/train.py``; the pipelines of its train and test data are used.
        options: Settings in it to change.
        epochs: Length of the trainings. Default: that of the config.
        steps_of: Name of a row: all trainings have as many steps as ``epochs`` of this row, to
            whole epochs. Default: all have the same number of epochs.
    """

    config: str
    options: Options = field(default_factory=dict)
    epochs: int | None = None
    steps_of: str | None = None


@dataclass(frozen=True)
class Row:
    """One training set of the classifier, a row of the tables.

    Attributes:
        train: Sets of images: ``sar1``, ``sar2`` (its training part), ``generated``,
            ``METHOD/sar1``, ``METHOD/generated``.
        label: What to call it. Default: its name.
        equal_to: Take of what is not ``sar2`` as many images of each class as this set has.
        paper: Accuracy, precision, recall and F1 in percent that the paper gives.
    """

    train: tuple[str, ...]
    label: str | None = None
    equal_to: str | None = None
    paper: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Comparison:
    """Rows that are shown in one table.

    Attributes:
        rows: Their names, in order.
        reference: The row that others are compared with, seed by seed. Default: the first.
        title: Of the table.
    """

    rows: tuple[str, ...]
    reference: str | None = None
    title: str = ''


@dataclass(frozen=True)
class FidelitySettings:
    """How images are compared with test images of the new sensor.

    Attributes:
        domain: Of the values of the files.
        unit: See ``tools/analysis_tools/compare_images.py``.
        crop: Likewise.
        patch: Likewise.
        features: ``dict(config=..., checkpoint=...)`` of a trained network for KID, precision and
            recall; or ``dict(row=NAME)``, the classifier of this row and seed. Default: without.
    """

    domain: str = 'amplitude'
    unit: str = 'file'
    crop: int | None = None
    patch: int = 16
    features: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Experiment:
    """All of it.

    Attributes:
        data: See there.
        downstream: See there.
        rows: By name.
        comparisons: By name; ``table2``, ``table3`` and ``table4`` are those of the paper.
        methods: By name.
        generated: None: there are no generated images.
        fidelity: None: images are not compared.
        pictures: Sets of the picture grid. Default: all.
        seeds: Number of seeds, unless the command line says it.
        description: What the tables are of.
    """

    data: DataSettings
    downstream: DownstreamSettings
    rows: Mapping[str, Row]
    comparisons: Mapping[str, Comparison]
    methods: Mapping[str, Method] = field(default_factory=dict)
    generated: GeneratedSettings | None = None
    fidelity: FidelitySettings | None = field(default_factory=FidelitySettings)
    pictures: tuple[str, ...] | None = None
    seeds: int = 1
    description: str = ''

    def label(self, name: str) -> str:
        """Return what to call a set of images."""
        method, slash, content = name.rpartition('/')
        own = {SAR1: self.data.names[0], SAR2: self.data.names[1], GENERATED: 'generated'}
        if not slash:
            return own[name]
        return f'{own[content]} by {self.methods[method].label or method}'

    def sets(self) -> list[str]:
        """Return the sets of images that rows or pictures need, contents before migrated ones."""
        named = [name for row in self.rows.values() for name in row.train]
        named += [row.equal_to for row in self.rows.values() if row.equal_to]
        named += self.pictures or ()
        contents = [name.rpartition('/')[2] for name in named]
        first = [name for name in (SAR1, SAR2, GENERATED) if name in (SAR1, SAR2, *contents)]
        return list(dict.fromkeys([*first, *named]))
