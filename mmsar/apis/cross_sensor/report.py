"""The report of an experiment: Tables 1 to 4 and Figures 7 to 11 of the paper for its data."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmsar.apis.config import load_config
from mmsar.apis.cross_sensor import tables
from mmsar.apis.cross_sensor.image_sets import ImageSets
from mmsar.apis.cross_sensor.pictures import (
    draw_confusions,
    draw_counts,
    draw_courses,
    draw_images,
)
from mmsar.apis.cross_sensor.placeholders import replace_all
from mmsar.apis.cross_sensor.places import image_folder, part_of
from mmsar.apis.cross_sensor.results import Results
from mmsar.apis.cross_sensor.settings import SAR2, Experiment
from mmsar.apis.recognition.loading import ChipLoader
from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.io import replacing

# The figures that show the confusion of a comparison.
_CONFUSION = {'table2': 'figure10', 'table3': 'figure11'}


class Report:
    """Writes the report into ``WORK/report``.

    It depends on the records alone, so it is the same whenever they are.

    Args:
        experiment: What was compared.
        images: Of both sensors.
        results: What was found.
        work: Work folder.
    """

    def __init__(
        self, experiment: Experiment, images: ImageSets, results: Results, work: Path
    ) -> None:
        self.experiment, self.images, self.results = experiment, images, results
        self.work, self.out = work, work / 'report'
        self.parts: list[str] = []

    def write(self, failures: Sequence[str] = ()) -> Path:
        """Write all of it and return the page.

        Args:
            failures: Names of the steps that were not done.
        """
        self.parts = [f'# {self.experiment.description or "Cross-sensor experiment"}', self._how()]
        if failures:
            self.parts.append('Not done, so the tables are incomplete: ' + ', '.join(failures))
        self._table('table1', 'Table 1: images', tables.counts_table(self.experiment, self.images))
        self._figure8()
        for name in self.experiment.comparisons:
            self._comparison(name)
        self._fidelity()
        self._figure7()
        self._file('seeds.csv', tables.seeds_table(self.experiment, self.results).csv())
        classes = tables.classes_table(self.experiment, self.images.classes, self.results)
        self._file('classes.csv', classes.csv())
        self.parts.append('`seeds.csv`: each row and seed; `classes.csv`: each row and class.')
        return self._file('report.md', '\n\n'.join(self.parts) + '\n')

    def _how(self) -> str:
        settings, split = self.experiment.downstream, self.experiment.data.split
        if settings.steps_of:
            length = (
                f'all trainings have as many steps as {settings.epochs} epochs of the row '
                f'"{settings.steps_of}", to whole epochs'
            )
        else:
            epochs = settings.epochs or 'the same number of'
            length = f'all trainings have {epochs} epochs, and so more steps with more images'
        groups = ' of whole acquisitions' if split.groups or split.manifest else ''
        rest = 'the others' if split.test is None else split.test
        lines = [
            f'{self.results.seeds} seeds; each has its own split{groups} of '
            f'{self.experiment.data.names[1]} (to train: {split.train}, to test: {rest}), and its '
            'own initial weights, the same in all rows.',
            f'Classifier: `{Path(settings.config).name}`; {length}.',
            'Precision, recall and F1 are means over the classes. Figures are mean ± standard '
            'deviation over the seeds; differences, seed by seed, are mean ± half width of the '
            '95 % interval, bold where it leaves out 0. With one seed there is no interval. '
            'Figures of the paper are of other data: Fucheng-1 and TerraSAR-X, one run.',
        ]
        return '\n\n'.join(lines)

    def _comparison(self, name: str) -> None:
        comparison = self.experiment.comparisons[name]
        title = comparison.title or 'accuracy of the classifier'
        number = f'Table {name[5:]}' if name in ('table2', 'table3', 'table4') else name
        self._table(
            name,
            f'{number}: {title}',
            tables.comparison_table(self.experiment, comparison, self.results),
        )
        labels = {row: tables.row_label(self.experiment, row) for row in comparison.rows}
        if name == 'table2':
            self._figure9(labels)
        matrices = {
            label: confusion
            for row, label in labels.items()
            if (confusion := self.results.confusion(row)) is not None
        }
        if matrices:
            figure = _CONFUSION.get(name, f'{name}_confusion')
            draw_confusions(self.out / f'{figure}.png', matrices, self.images.classes)
            table = tables.confusion_table(self.images.classes, comparison.rows, self.results)
            self._file(f'{figure}.csv', table.csv())
            self._picture(figure, f'confusion of the rows of {number}, all seeds together')

    def _figure8(self) -> None:
        names = dict(zip(('sar2', 'sar1'), self.experiment.data.names[::-1], strict=True))
        counts: dict[str, Mapping[str, int]] = {
            f'{names["sar2"]}, training part': self.images.counts(SAR2),
        }
        for row in self.experiment.rows:
            label = tables.row_label(self.experiment, row)
            counts[label] = self.images.row_counts(self.experiment.rows[row])
        # Several rows have the same images, but for how they were made.
        unique: dict[str, Mapping[str, int]] = {}
        for label, found in counts.items():
            if found not in unique.values():
                unique[label] = found
        draw_counts(self.out / 'figure8.png', unique, self.images.classes)
        rows = [
            [label, *(found[c] for c in self.images.classes)] for label, found in unique.items()
        ]
        header = ['training set', *self.images.classes]
        self._file('figure8.csv', tables.Table([header], [header, *rows]).csv())
        self._picture('figure8', 'training images of each class; of equal sets the first is shown')

    def _figure9(self, labels: Mapping[str, str]) -> None:
        courses = {}
        for row, label in labels.items():
            runs = []
            for record in self.results.records(row).values():
                course, scale = record['training'], record['steps'] / record['epochs']
                steps = [epoch * scale for epoch in course['epoch']]
                right = course['accuracy']
                runs.append({'step': steps, 'loss': course['loss'], 'accuracy': right})
            if runs:
                courses[label] = runs
        if courses:
            draw_courses(self.out / 'figure9.png', courses)
            self._file('figure9.csv', tables.curves_table(list(labels), self.results).csv())
            self._picture('figure9', 'courses of the trainings: mean and range over the seeds')

    def _fidelity(self) -> None:
        names = [name for name in self.experiment.sets() if name != SAR2]
        table = tables.fidelity_table(self.experiment, names, self.results)
        if table is not None:
            title = f'Images compared with the test part of {self.experiment.data.names[1]}'
            self._table('fidelity', title, table)

    def _figure7(self) -> None:
        """Draw the first image of each class, and what became of it, of seed 0."""
        from mmengine.registry import init_default_scope

        config = self.experiment.downstream
        known = {'{work}': str(self.work.absolute()), '{seed}': '0'}
        classifier = load_config(config.config, replace_all(dict(config.options), known))
        init_default_scope(classifier.get('default_scope', 'mmpretrain'))
        loader = ChipLoader(classifier)
        rows = {}
        for name in self.experiment.pictures or self.experiment.sets():
            step = f'{part_of(0)}/migrate/{name}' if '/' in name else f'{part_of(0)}/split'
            if name == 'generated':
                step = 'shared/generate'
            if step not in self.results.done:
                continue
            folder = self.work / image_folder(name, 0)
            found: list[np.ndarray | None] = []
            for label in self.images.classes:
                chips = find_chips(folder / label) if (folder / label).is_dir() else []
                image = loader.load(folder / label / chips[0])['inputs'] if chips else None
                found.append(None if image is None else np.asarray(image.float().mean(0)))
            rows[self.experiment.label(name)] = found
        draw_images(self.out / 'figure7.png', rows, self.images.classes)
        self._picture('figure7', 'images as the classifier sees them, one of each class')

    def _table(self, name: str, title: str, table: tables.Table) -> None:
        text = table.markdown()
        self._file(f'{name}.md', f'{title}\n\n{text}\n')
        self._file(f'{name}.csv', table.csv())
        self.parts += [f'## {title}', text]

    def _picture(self, name: str, what: str) -> None:
        title = f'Figure {name[6:]}' if name[6:].isdigit() else name
        self.parts.append(f'![{title}: {what}]({name}.png)')
        self.parts.append(f'{title}: {what}.')

    def _file(self, name: str, text: str) -> Path:
        path = self.out / name
        with replacing(path) as temporary:
            temporary.write_text(text, encoding='utf-8')
        return path
