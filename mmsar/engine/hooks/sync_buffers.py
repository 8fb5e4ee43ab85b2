"""Keep the statistics of batch normalisation equal on all ranks."""

from typing import Any

from mmengine.dist import all_reduce_params, is_distributed
from mmengine.hooks import Hook
from torch.nn.modules.batchnorm import _BatchNorm

from mmsar.registry import HOOKS


@HOOKS.register_module()
class SyncBuffersHook(Hook):
    """Average running means and variances over the ranks after each step.

    mmengine's hook of this name does so once an epoch, so a checkpoint saved in between holds
    rank 0's statistics and a resumed run differs. Layers in eval mode (frozen) cost nothing.
    """

    priority = 'HIGHEST'  # before a checkpoint is saved

    def after_train_iter(
        self,
        runner: Any,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Average the buffers of the layers that were just updated."""
        if not is_distributed():
            return
        buffers = [
            buffer
            for module in runner.model.modules()
            if isinstance(module, _BatchNorm) and module.training
            for buffer in (module.running_mean, module.running_var)
            if buffer is not None
        ]
        if buffers:
            all_reduce_params(buffers, op='mean')
