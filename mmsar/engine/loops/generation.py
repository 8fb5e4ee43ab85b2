"""Generation of images as a test."""

from pathlib import Path
from typing import Any

from mmengine.runner import BaseLoop

from mmsar.engine.generation.generator import require_generator
from mmsar.engine.generation.job import Generation
from mmsar.engine.generation.settings import read_settings
from mmsar.engine.generation.weights import read_start
from mmsar.errors import ConfigError
from mmsar.registry import LOOPS


@LOOPS.register_module()
class GenerationLoop(BaseLoop):
    """Makes images of classes or prompts.

    The model is any with ``generate(prompts, seeds, shape, steps, guidance)``, see
    :class:`mmsar.engine.generation.Generator`. The loop makes its own inputs: ``test_dataloader``
    and ``test_evaluator`` are ``{}``.

    Args:
        runner: The runner.
        dataloader: Empty.
        evaluator: Empty.
        out: Folder of the images.
        device: Where to compute. Default: where the runner puts the model.
        **settings: See :class:`mmsar.engine.generation.GenerationSettings`.

    Raises:
        ConfigError: A setting is wrong, or the model cannot generate.
    """

    # Adapters may be named in the config, and a whole model is in its folder.
    needs_checkpoint = False

    def __init__(
        self,
        runner: Any,
        dataloader: Any = None,
        evaluator: Any = None,
        out: str | None = None,
        device: str | None = None,
        **settings: Any,
    ) -> None:
        if dataloader or evaluator:
            raise ConfigError(
                'mmsar.GenerationLoop makes its own inputs: set test_dataloader = dict() and '
                'test_evaluator = dict()'
            )
        super().__init__(runner, None)
        self.evaluator = None
        self.model = require_generator(runner.model)
        self.settings, self.out = read_settings(settings), out
        if device is not None:
            self.model.to(device)

    def run(self) -> dict[str, int]:
        """Generate.

        Returns:
            ``generated``, the number of images, and ``failed``, which is 0.

        Raises:
            DataError: Images have failed; the others are done.
        """
        config = self.runner.cfg.model
        start: Path | None = read_start(self.runner._load_from, config)
        generation = Generation(self.settings, self.out, config, start)
        summary = generation.run(lambda: self.model)
        self.runner.logger.info(str(summary))
        summary.require_complete()
        return {'generated': summary.total, 'failed': 0}
