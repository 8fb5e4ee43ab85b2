"""Migrated images for a training that is about to start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmsar.engine.generation.weights import read_start, take
from mmsar.engine.image_jobs.job_config import read_job_config
from mmsar.engine.image_jobs.processes import Processes
from mmsar.engine.migration.job import Migration
from mmsar.engine.migration.migrator import Migrator, require_migrator
from mmsar.engine.migration.settings import read_settings
from mmsar.engine.migration.training_set import add_to_training
from mmsar.engine.migration.weights import require_weights
from mmsar.errors import ConfigError
from mmsar.randomness import keep_random_state
from mmsar.registry import HOOKS, JOBS, MODELS


@HOOKS.register_module()
class MigrationHook(Hook):
    """Generate and migrate images before a training starts, and add them to its training set.

    Everything is done with all processes of the training, and once: the next start finds the
    finished manifest. The training is built anew on both sets, with its sampler, and draws the
    same random numbers whether there was something to migrate or not.

    Args:
        config: Config file of the migration: its ``model``, and the settings in ``test_cfg``.
        content: Folder of the images to migrate; with ``generation``, where it writes.
        style: Folder of references of the new sensor.
        out: Folder of the results.
        dataset: The data set of the results: its ``data_root`` becomes ``out``; its ``pipeline``
            and classes are those of the training set, unless it has its own.
        options: Settings of the migration's config to change, by dotted keys
            (``{'model.pretrained': '/models/sd15'}``).
        generation: Config of a job in ``JOBS`` that makes the contents, see
            :class:`mmsar.engine.migration.ContentJob`. None: they are there.
        allow_failures: Train without the images that failed, and warn. Default: an error.
        checkpoint: Of the migration's model, if it must be trained: a file, or the work folder of
            its training.

    Raises:
        ConfigError: The config has no migration, its model needs a checkpoint and has none, or the
            training cannot be built anew.
        DataError: Images have failed; the others are done.
    """

    # Before hooks that look at the data.
    priority = 'VERY_HIGH'

    def __init__(
        self,
        config: str,
        content: str,
        style: str,
        out: str,
        dataset: Mapping[str, Any],
        options: Mapping[str, Any] | None = None,
        generation: Mapping[str, Any] | None = None,
        allow_failures: bool = False,
        checkpoint: str | None = None,
    ) -> None:
        read = read_job_config(config, options, 'mmsar.MigrationLoop', 'MigrationHook')
        self.model, self.scope, settings = read
        for name in ('content', 'style', 'out', 'device'):
            settings.pop(name, None)
        start = None if checkpoint is None else read_start(checkpoint, {})
        self.start = start
        self.settings = read_settings(self.model, settings, None if start is None else str(start))
        self.migration = Migration(self.settings, content, style, out)
        self.content, self.style, self.out = content, style, out
        self.dataset, self.generation = dict(dataset), generation
        self.allow_failures = allow_failures
        self._added = False

    def before_run(self, runner: Any) -> None:
        """Make the images and build the training anew, before weights are drawn or loaded."""
        training = not isinstance(getattr(runner, '_train_loop', None), Mapping | None)
        if not training or self._added:
            return
        if not isinstance(runner, Runner):
            raise ConfigError(
                f'MigrationHook works with mmengine.runner.Runner, not with '
                f'{type(runner).__name__}: migrate by tools/migrate.py before the training'
            )
        with keep_random_state():
            self._make(runner)
        # Only now all results are there, for every process.
        add_to_training(runner, {**self.dataset, 'data_root': str(self.out)})
        self._added = True

    def _make(self, runner: Any) -> None:
        migration = self.migration
        if self.generation is not None:
            job = JOBS.build({**self.generation, '_scope_': 'mmsar'})
            folder = job.run(Path(self.content))
            Processes().wait()
            migration = Migration(self.settings, folder, self.style, self.out)
        built: list[Migrator] = []
        summary = migration.run(lambda: self._build(built))
        if built:
            built.clear()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        runner.logger.info(str(summary))
        if not self.allow_failures:
            summary.require_complete()
        elif summary.failed:
            runner.logger.warning(
                f'{len(summary.failed)} images could not be migrated; the training goes on without '
                f'them: {", ".join(list(summary.failed)[:5])}'
            )

    def _build(self, built: list[Migrator]) -> Migrator:
        # Not in the scope of the training.
        model = MODELS.build({**self.model, '_scope_': self.scope})
        require_migrator(model)
        require_weights(model, self.settings.weights)
        take(model, self.start)
        built.append(model.to(get_device()))
        return built[0]
