"""What a model keeps from step to step beside its weights."""

from collections.abc import Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmsar.errors import CheckpointError
from mmsar.registry import HOOKS

_KEY = 'training_state'


@HOOKS.register_module()
class TrainingStateHook(Hook):
    """Puts into checkpoints what training depends on beside weights and optimisers.

    The model says what that is: ``training_state()`` returns tensors by name, and
    ``load_training_state(state)`` takes them when a training is resumed. For models without these
    methods it does nothing. mmengine saves parameters and buffers only, so that the image pools of
    adversarial networks would begin anew.

    Raises:
        CheckpointError: A resumed run needs the state, and the checkpoint has none.
    """

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Add the state."""
        model = _stateful(runner.model)
        if model is not None:
            checkpoint[_KEY] = model.training_state()

    def after_load_checkpoint(self, runner: Any, checkpoint: Mapping[str, Any]) -> None:
        """Take the state, if the run is resumed."""
        model = _stateful(runner.model)
        if model is None or not runner._resume:
            return
        if _KEY not in checkpoint:
            raise CheckpointError(
                f'checkpoint {runner._load_from} has no {_KEY} of {type(model).__name__}, so that '
                'the run would go on differently: it was trained without '
                "dict(type='mmsar.TrainingStateHook'). To start from its weights, set load_from "
                'in the config in place of --resume'
            )
        model.load_training_state(checkpoint[_KEY])


def _stateful(model: Any) -> Any:
    bare = model.module if is_model_wrapper(model) else model
    return bare if callable(getattr(bare, 'training_state', None)) else None
