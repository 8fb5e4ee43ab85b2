"""A test whose result is a folder of images."""

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop

from mmsar.engine.image_jobs.summary import Summary
from mmsar.errors import ConfigError


class ImageJobLoop(BaseLoop):
    """What the loops of migration and generation share.

    Args:
        runner: The runner.
        dataloader: Empty: the loop makes its own inputs.
        evaluator: Empty.
        device: Where to compute. Default: where the runner puts the model.

    Raises:
        ConfigError: There is a dataloader or an evaluator.
    """

    # Weights may come with the config, and nothing is loaded then.
    needs_checkpoint = False

    def __init__(self, runner: Any, dataloader: Any, evaluator: Any, device: str | None) -> None:
        if dataloader or evaluator:
            raise ConfigError(
                f'mmsar.{type(self).__name__} makes its own inputs: set test_dataloader = dict() '
                'and test_evaluator = dict()'
            )
        super().__init__(runner, None)
        self.evaluator = None
        self.model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if device is not None:
            self.model.to(device)

    def report(self, summary: Summary, what: str) -> dict[str, int]:
        """Log a summary, and return the number of images that are ``what``.

        Raises:
            DataError: Images have failed; the others are done.
        """
        self.runner.logger.info(str(summary))
        summary.require_complete()
        return {what: summary.total, 'failed': 0}
