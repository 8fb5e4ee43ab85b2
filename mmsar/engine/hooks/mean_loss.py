"""Log the loss of the whole batch, not of rank 0."""

from typing import Any

import torch
from mmengine.dist import all_reduce, is_distributed
from mmengine.hooks import Hook

from mmsar.registry import HOOKS


@HOOKS.register_module()
class MeanLossHook(Hook):
    """Replace each logged value by its mean over the ranks.

    mmengine logs what rank 0 sees: with 8 processes, the loss of an eighth of the batch. One
    small all-reduce a step; nothing with one process.
    """

    priority = 'HIGHEST'  # before RuntimeInfoHook takes the values

    def after_train_iter(
        self,
        runner: Any,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Average the scalars that the model returned."""
        if not outputs or not is_distributed():
            return
        names = sorted(k for k, v in outputs.items() if torch.is_tensor(v) and v.numel() == 1)
        if not names:
            return
        values = torch.stack([outputs[name].detach().float().reshape(()) for name in names])
        all_reduce(values, op='mean')
        outputs.update(zip(names, values.unbind(), strict=True))
