"""Generation of images as a test."""

from pathlib import Path
from typing import Any

from mmsar.engine.generation.generator import require_generator
from mmsar.engine.generation.job import Generation
from mmsar.engine.generation.settings import read_settings
from mmsar.engine.generation.weights import read_start
from mmsar.engine.loops.image_job import ImageJobLoop
from mmsar.registry import LOOPS


@LOOPS.register_module()
class GenerationLoop(ImageJobLoop):
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

    def __init__(
        self,
        runner: Any,
        dataloader: Any = None,
        evaluator: Any = None,
        out: str | None = None,
        device: str | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(runner, dataloader, evaluator, device)
        require_generator(self.model)
        self.settings, self.out = read_settings(settings), out

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
        return self.report(generation.run(lambda: self.model), 'generated')
