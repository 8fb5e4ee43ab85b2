"""Migration of a data set as a test."""

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop

from mmsar.engine.migration.job import Migration
from mmsar.engine.migration.migrator import require_migrator
from mmsar.engine.migration.settings import read_settings
from mmsar.engine.migration.weights import require_weights
from mmsar.errors import ConfigError
from mmsar.registry import LOOPS


@LOOPS.register_module()
class MigrationLoop(BaseLoop):
    """Gives every image of a folder the characteristics of another sensor.

    The model is any with ``migrate(contents, styles)``, see
    :class:`mmsar.engine.migration.Migrator`. It has its weights from its config, or from the
    checkpoint of its training (``load_from``), which is then part of the settings of the results.
    It reads the images itself: ``test_dataloader`` and ``test_evaluator`` are ``{}``.

    With several processes, ``model_wrapper_cfg=dict(type='mmsar.Replica')``.

    Args:
        runner: The runner.
        dataloader: Empty.
        evaluator: Empty.
        content: Folder of the images.
        style: Folder of references.
        out: Folder of the results.
        device: Where to compute. Default: where the runner puts the model.
        **settings: See :class:`mmsar.engine.migration.MigrationSettings`.

    Raises:
        ConfigError: A setting is wrong, the model cannot migrate, or needs a checkpoint.
    """

    needs_checkpoint = False

    def __init__(
        self,
        runner: Any,
        dataloader: Any = None,
        evaluator: Any = None,
        content: str | None = None,
        style: str | None = None,
        out: str | None = None,
        device: str | None = None,
        **settings: Any,
    ) -> None:
        if dataloader or evaluator:
            raise ConfigError(
                'mmsar.MigrationLoop reads the images itself: set test_dataloader = dict() and '
                'test_evaluator = dict()'
            )
        super().__init__(runner, None)
        self.evaluator = None
        self.model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        require_migrator(self.model)
        weights = runner._load_from
        require_weights(self.model, weights)
        read = read_settings(runner.cfg.model, settings, weights)
        self.migration = Migration(read, content, style, out)
        if device is not None:
            self.model.to(device)

    def run(self) -> dict[str, int]:
        """Migrate.

        Returns:
            ``migrated``, the number of images, and ``failed``, which is 0.

        Raises:
            DataError: Images have failed; the others are done.
        """
        summary = self.migration.run(lambda: self.model)
        self.runner.logger.info(str(summary))
        summary.require_complete()
        return {'migrated': summary.total, 'failed': 0}
