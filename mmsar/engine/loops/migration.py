"""Migration of a data set as a test."""

from typing import Any

from mmsar.engine.loops.image_job import ImageJobLoop
from mmsar.engine.migration.job import Migration
from mmsar.engine.migration.migrator import require_migrator
from mmsar.engine.migration.settings import read_settings
from mmsar.engine.migration.weights import require_weights
from mmsar.registry import LOOPS


@LOOPS.register_module()
class MigrationLoop(ImageJobLoop):
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
        super().__init__(runner, dataloader, evaluator, device)
        require_migrator(self.model)
        weights = runner._load_from
        require_weights(self.model, weights)
        read = read_settings(runner.cfg.model, settings, weights)
        self.migration = Migration(read, content, style, out)

    def run(self) -> dict[str, int]:
        """Migrate.

        Returns:
            ``migrated``, the number of images, and ``failed``, which is 0.

        Raises:
            DataError: Images have failed; the others are done.
        """
        return self.report(self.migration.run(lambda: self.model), 'migrated')
