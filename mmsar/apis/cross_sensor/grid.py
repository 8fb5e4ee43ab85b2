"""The steps that an experiment is made of."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmsar.apis.config import load_config
from mmsar.apis.cross_sensor.image_sets import ImageSets
from mmsar.apis.cross_sensor.placeholders import replace_all
from mmsar.apis.cross_sensor.places import TEST, data_folder, image_folder, part_of
from mmsar.apis.cross_sensor.settings import (
    GENERATED,
    SAR1,
    SAR2,
    Experiment,
    Method,
    TrainingSettings,
)
from mmsar.apis.cross_sensor.split import count_by_class
from mmsar.apis.cross_sensor.steps import Step
from mmsar.engine.image_jobs.plain import plain
from mmsar.errors import ConfigError


class Grid:
    """Plans the steps.

    Args:
        experiment: What is to be compared.
        images: Of both sensors.
        seeds: Number of them.
        work: Work folder.

    Raises:
        ConfigError: A config of a method or of the classifier does not fit.
    """

    def __init__(self, experiment: Experiment, images: ImageSets, seeds: int, work: Path) -> None:
        self.experiment, self.images, self.seeds, self.work = experiment, images, seeds, work
        self._configs: dict[str, Any] = {}
        self.steps: list[Step] = []
        self._made: dict[str, str] = {}  # folder of images: the step that makes it

    def plan(self) -> list[Step]:
        """Return all steps, those that are needed before those that need them."""
        if self.experiment.generated is not None:
            self._plan_generated()
        for seed in range(self.seeds):
            self._plan_split(seed)
            sets = self.experiment.sets()
            for name in dict.fromkeys(name.rpartition('/')[0] for name in sets):
                if name and self.experiment.methods[name].train is not None:
                    self._plan_training(name, seed)
            for name in sets:
                if '/' in name:
                    self._plan_migration(name, seed)
            for name in self.experiment.rows:
                self._plan_row(name, seed)
            if self.experiment.fidelity is not None:
                for name in sets:
                    if name != SAR2:
                        self._plan_fidelity(name, seed)
        return self.steps

    def _plan_split(self, seed: int | None) -> None:
        parts = self.images.parts(seed)
        name = f'{part_of(seed)}/split'
        writes = [data_folder(seed)] + ([] if seed is None else [image_folder(TEST, seed)])
        arguments = {'parts': parts, 'out': part_of(seed)}
        identity = [self.images.digests[one] for one in (SAR1, SAR2)[: 1 if seed is None else 2]]
        places = {'sources': self.images.sources()}
        self._add(Step(name, 'link_parts', arguments, (), writes, identity, places))
        for one in (SAR1, SAR2, TEST):
            if seed is not None:
                self._made[image_folder(one, seed)] = name

    def _plan_generated(self) -> None:
        """The generator sees all images of the old sensor and none of the new one: once for all."""
        made = self.experiment.generated
        assert made is not None
        out = f'shared/{GENERATED}'
        name = 'shared/generate'
        if made.folder is not None:
            arguments: dict[str, Any] = {
                'parts': {GENERATED: self.images.generated},
                'out': 'shared',
            }
            identity: Any = self.images.digests[GENERATED]
            places = {'sources': {GENERATED: str(self.images.folders[GENERATED])}}
            self._add(Step(name, 'link_parts', arguments, (), [out], identity, places))
        else:
            needs: list[str] = []
            checkpoint = made.checkpoint
            if made.train is not None:
                self._plan_split(None)
                assert made.config is not None
                train = f'shared/train/{GENERATED}'
                checkpoint = f'{{work}}/shared/networks/{GENERATED}'
                self._network(train, made.train, made.config, None, ['shared/split'])
                needs = [train]
            options = self._fill(made.options, None)
            assert made.config is not None
            self._require_loop('generated', made.config, options, 'mmsar.GenerationLoop')
            arguments = {
                'config': made.config, 'options': options, 'checkpoint': checkpoint,
                'counts': count_by_class(made.counts, self.images.classes, 'generated.counts'),
                'out': out,
            }  # fmt: skip
            identity = self._config(made.config, options)
            self._add(Step(name, 'generate', arguments, needs, [out], identity))
        self._made[out] = name

    def _plan_training(self, name: str, seed: int) -> None:
        method = self.experiment.methods[name]
        assert method.train is not None
        step = f'{part_of(seed)}/train/{name}'
        self._network(step, method.train, method.config, seed, [f'{part_of(seed)}/split'])

    def _network(
        self, name: str, train: TrainingSettings, config: str, seed: int | None, needs: list[str]
    ) -> None:
        path = train.config or config
        options = self._fill(train.options, seed)
        identity = self._config(path, options)
        if not identity.get('train_dataloader'):
            raise ConfigError(f'{name}: {path} trains nothing: it has no train_dataloader')
        part, _, method = name.partition('/train/')
        out = f'{part}/networks/{method}'
        arguments = {'config': path, 'options': options, 'seed': seed or 0, 'out': out}
        self._add(Step(name, 'train', arguments, needs, [out], identity))

    def _plan_migration(self, name: str, seed: int) -> None:
        key, _, content = name.rpartition('/')
        method: Method = self.experiment.methods[key]
        folders = [image_folder(one, seed) for one in (content, SAR2, name)]
        needs = [self._made[folder] for folder in folders[:2]]
        checkpoint = method.checkpoint
        if method.train is not None:
            needs.append(f'{part_of(seed)}/train/{key}')
            checkpoint = f'{{work}}/{part_of(seed)}/networks/{key}'
        options = self._fill(method.options, seed)
        self._require_loop(f'methods.{key}', method.config, options, 'mmsar.MigrationLoop')
        arguments = {
            'config': method.config, 'options': options, 'checkpoint': checkpoint, 'seed': seed,
            'batch_size': method.batch_size, 'content': folders[0], 'style': folders[1],
            'out': folders[2],
        }  # fmt: skip
        step = f'{part_of(seed)}/migrate/{name}'
        identity = self._config(method.config, options)
        self._add(Step(step, 'migrate', arguments, needs, [folders[2]], identity))
        self._made[folders[2]] = step

    def _plan_row(self, name: str, seed: int) -> None:
        row, settings = self.experiment.rows[name], self.experiment.downstream
        self.images.row_counts(row, seed)  # there are as many as are asked for
        options = self._fill(settings.options, seed)
        out = f'{part_of(seed)}/runs/{name}'
        record = f'{part_of(seed)}/scores/{name}.json'
        other = self.experiment.rows[settings.steps_of] if settings.steps_of else None
        arguments = {
            'config': settings.config, 'options': options, 'seed': seed,
            'classes': list(self.images.classes),
            'sets': {one: image_folder(one, seed) for one in row.train},
            'counts': self.images.counts(row.equal_to, seed) if row.equal_to else None,
            'test': image_folder(TEST, seed),
            'epochs': settings.epochs,
            'steps_of_images': other and sum(self.images.row_counts(other, seed).values()),
            'out': out, 'record': record,
        }  # fmt: skip
        needs = [self._made[image_folder(one, seed)] for one in (TEST, *row.train)]
        identity = self._config(settings.config, options)
        step = f'{part_of(seed)}/classify/{name}'
        needs = list(dict.fromkeys(needs))
        self._add(Step(step, 'classify', arguments, needs, [out, record], identity))

    def _plan_fidelity(self, name: str, seed: int) -> None:
        settings = self.experiment.fidelity
        assert settings is not None
        folders = [image_folder(one, seed) for one in (TEST, name, SAR1)]
        needs = [self._made[folder] for folder in folders]
        features = dict(settings.features or {})
        if row := features.get('row'):
            needs.append(f'{part_of(seed)}/classify/{row}')
            run = f'{{work}}/{part_of(seed)}/runs/{row}'
            features = {'config': f'{run}/config.py', 'checkpoint': run}
        out = f'{part_of(seed)}/fidelity/{name}'
        arguments = {
            'settings': {**asdict(settings), 'features': features or None},
            'real': folders[0], 'images': folders[1], 'source': folders[2], 'out': out,
            'seed': seed,
        }  # fmt: skip
        step = f'{part_of(seed)}/compare/{name}'
        self._add(Step(step, 'compare', arguments, list(dict.fromkeys(needs)), [out]))

    def _add(self, step: Step) -> None:
        self.steps.append(step)

    def _fill(self, options: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
        """Put folders and the seed into options; the work folder is put in by the step itself."""
        data = f'{{work}}/{data_folder(seed)}'
        known = {
            '{data}': data, '{sar1}': f'{data}/{SAR1}', '{sar2}': f'{data}/{SAR2}',
            '{seed}': str(seed or 0),
        }  # fmt: skip
        filled: dict[str, Any] = replace_all(plain(options), known)
        return filled

    def _config(self, path: str, options: Mapping[str, Any]) -> Any:
        """Return the content of a config with its options."""
        key = f'{path} {options!r}'
        if key not in self._configs:
            config = load_config(path, dict(options))
            self._configs[key] = plain(config._cfg_dict)
        return self._configs[key]

    def _require_loop(self, where: str, path: str, options: Mapping[str, Any], loop: str) -> None:
        found = (self._config(path, options).get('test_cfg') or {}).get('type')
        if found != loop:
            raise ConfigError(f"{where}: {path} has no test_cfg = dict(type='{loop}')")
