"""A training that has diverged must stop, and leave no checkpoint of it."""

from typing import Any

import torch
from mmengine.hooks import Hook
from torch import Tensor

from mmsar.errors import TrainingError
from mmsar.registry import HOOKS


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop when the loss is NaN or infinite.

    Looked at every few iterations, because each look waits for the GPU, and before a checkpoint is
    saved.

    Args:
        interval: Iterations between two looks.

    Raises:
        TrainingError: The loss is not finite.
    """

    def __init__(self, interval: int = 20) -> None:
        self.interval = interval
        self._loss: Tensor | None = None

    def after_train_iter(
        self,
        runner: Any,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Keep the loss, and look at it now and then."""
        loss = (outputs or {}).get('loss')
        self._loss = loss.detach() if torch.is_tensor(loss) else None
        if self.every_n_train_iters(runner, self.interval):
            self._require_finite(runner)

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Look at the last loss."""
        self._require_finite(runner)

    def _require_finite(self, runner: Any) -> None:
        if self._loss is not None and not torch.isfinite(self._loss).all():
            raise TrainingError(
                f'the loss is {float(self._loss.mean())} near iteration {runner.iter}: lower '
                'optim_wrapper.optimizer.lr, set optim_wrapper.clip_grad, or look at the samples '
                'with tools/analysis_tools/browse_dataset.py'
            )
