"""A checkpoint of another model must not be taken in silence."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import Tensor, nn

from mmsar.errors import CheckpointError
from mmsar.models.pretrained import local_starts, require_start
from mmsar.models.weights import fits, misfits
from mmsar.registry import HOOKS


@HOOKS.register_module()
class CheckWeightsHook(Hook):
    """Compare a checkpoint with the model before its weights are taken.

    mmengine loads with ``strict=False``: a checkpoint of another model changes nothing, and the
    test runs on random weights. Here a test or a resumed run needs every weight; weights to start
    training from (``load_from``) may lack some, such as a head for other classes, but not all.
    Files in an ``init_cfg`` must have nine tenths of what their part of the model wants.

    Raises:
        CheckpointError: Naming the first missing and misshapen weights.
    """

    def before_train(self, runner: Any) -> None:
        """Check the files that parts of the model start from; a resumed run has none."""
        if runner._resume:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        for start in local_starts(model):
            require_start(start)

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Check the state dict that was just read."""
        if runner._resume and not {'meta', 'optimizer'} <= checkpoint.keys():
            raise CheckpointError(
                f'checkpoint {runner._load_from} holds weights only, not the state of a training; '
                'to start from them, set load_from in the config in place of --resume'
            )
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        found = weights_by_name(checkpoint, runner._load_from)
        wanted = model.state_dict()
        for_training = runner.train_loop is not None and not runner._resume
        if for_training and any(fits(found, name, weight) for name, weight in wanted.items()):
            return
        _require(model, found, runner._load_from)


def require_all_weights(
    model: nn.Module, checkpoint: dict[str, Any], source: str
) -> dict[str, Tensor]:
    """Return the weights of a model from a checkpoint that may hold others as well.

    Args:
        model: The model.
        checkpoint: As it was read.
        source: Its path, for messages.

    Raises:
        CheckpointError: Naming the first missing and misshapen weights.
    """
    found = weights_by_name(checkpoint, source)
    _require(model, found, source)
    return {key: found[key] for key in model.state_dict()}


def weights_by_name(checkpoint: Any, source: str) -> dict[str, Any]:
    """Return the weights in a checkpoint, without ``module.`` before their names.

    Raises:
        CheckpointError: There are none.
    """
    found = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else None
    if not (isinstance(found, dict) and all(isinstance(key, str) for key in found)):
        raise CheckpointError(f'checkpoint {source} holds no weights by name')
    return {key.removeprefix('module.'): value for key, value in found.items()}


def _require(model: nn.Module, found: dict[str, Any], source: str) -> None:
    wanted = model.state_dict()
    problems = misfits(found, wanted, extra=False)
    if problems:
        raise CheckpointError(
            f'checkpoint {source} does not fit this model ({type(model).__name__}, '
            f'{len(wanted)} weights): {problems}. Use the config it was trained with'
        )
