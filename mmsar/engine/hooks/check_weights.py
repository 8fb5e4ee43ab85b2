"""A checkpoint of another model must not be taken in silence."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmsar.errors import CheckpointError
from mmsar.registry import HOOKS

_SHOWN = 3


@HOOKS.register_module()
class CheckWeightsHook(Hook):
    """Compare a checkpoint with the model before its weights are taken.

    mmengine loads with ``strict=False``: a checkpoint of another model changes nothing, and the
    test runs on random weights. Here a test or a resumed run needs every weight; weights to start
    training from (``load_from``) may lack some, such as a head for other classes, but not all.

    Raises:
        CheckpointError: Naming the first missing and misshapen weights.
    """

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Check the state dict that was just read."""
        if runner._resume and not {'meta', 'optimizer'} <= checkpoint.keys():
            raise CheckpointError(
                f'checkpoint {runner._load_from} holds weights only, not the state of a training; '
                'to start from them, set load_from in the config in place of --resume'
            )
        found = checkpoint.get('state_dict', checkpoint)
        if not (isinstance(found, dict) and all(isinstance(key, str) for key in found)):
            raise CheckpointError(f'checkpoint {runner._load_from} holds no weights by name')
        found = {key.removeprefix('module.'): value for key, value in found.items()}
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        wanted = model.state_dict()
        missing = [key for key in wanted if key not in found]
        misshapen = [
            f'{key} {tuple(found[key].shape)} instead of {tuple(wanted[key].shape)}'
            for key in wanted
            if key in found and getattr(found[key], 'shape', None) != wanted[key].shape
        ]
        for_training = runner.train_loop is not None and not runner._resume
        usable = len(wanted) - len(missing) - len(misshapen)
        if (for_training and usable) or not (missing or misshapen):
            return
        problems = [
            f'{len(items)} {text}: {", ".join(items[:_SHOWN])}{", ..." * (len(items) > _SHOWN)}'
            for items, text in ((missing, 'missing'), (misshapen, 'of another shape'))
            if items
        ]
        raise CheckpointError(
            f'checkpoint {runner._load_from} does not fit this model ({type(model).__name__}, '
            f'{len(wanted)} weights): {"; ".join(problems)}. Use the config it was trained with'
        )
