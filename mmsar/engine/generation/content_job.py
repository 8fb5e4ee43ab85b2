"""Generation as the first of two stages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.logging import print_log

from mmsar.engine.generation.generator import Generator, require_generator
from mmsar.engine.generation.job import Generation
from mmsar.engine.generation.settings import read_settings
from mmsar.engine.generation.weights import read_start, take
from mmsar.engine.image_jobs.job_config import read_job_config
from mmsar.registry import JOBS, MODELS


@JOBS.register_module()
class GenerationJob:
    """Generates the contents that :class:`mmsar.MigrationHook` migrates.

    Args:
        config: Config file of the model: its ``model``, and the settings in ``test_cfg``.
        checkpoint: Of its training: a checkpoint, a work folder, or adapters (a file, or its
            folder). None: ``model`` has its weights from its config.
        options: Settings of the config to change, by dotted keys (``{'test_cfg.number': 20}``).

    Raises:
        ConfigError: The config has no generation, or a setting is wrong.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        read = read_job_config(config, options, 'mmsar.GenerationLoop', 'GenerationJob')
        self.model, self.scope, settings = read
        settings.pop('out', None)
        self.settings = read_settings(settings)
        self.checkpoint = checkpoint

    def run(self, folder: Path) -> Path:
        """Generate what is missing; see :class:`mmsar.engine.migration.ContentJob`.

        Raises:
            DataError: Images have failed; the others are done.
        """
        start = read_start(self.checkpoint, self.model)
        built: list[Any] = []
        generation = Generation(self.settings, folder, self.model, start, exact=True)
        summary = generation.run(lambda: self._build(start, built))
        if built:
            built.clear()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        print_log(str(summary), logger='current')
        summary.require_complete()
        return folder

    def _build(self, start: Path | None, built: list[Any]) -> Generator:
        # Not in the scope of the training.
        model = require_generator(MODELS.build({**self.model, '_scope_': self.scope}))
        take(model, start)
        built.append(model.to(get_device()))
        return built[0]
