"""A model of which each process has its own."""

from typing import Any

from torch import nn

from mmsar.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class Replica(nn.Module):
    """Wraps a model that is not trained: processes have nothing to exchange.

    ``DistributedDataParallel`` refuses a model without weights that need gradients.

    Args:
        module: The model.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the model does."""
        return self.module(*args, **kwargs)
