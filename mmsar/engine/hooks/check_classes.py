"""Labels are numbers: their classes must be the same in training, validation and checkpoint."""

from typing import Any

from mmengine.hooks import Hook

from mmsar.errors import CheckpointError, ConfigError
from mmsar.registry import HOOKS


@HOOKS.register_module()
class CheckClassesHook(Hook):
    """Compare the class names of training data, validation data and checkpoint, in their order.

    Weights to start training from (``load_from``) may be of other classes.

    Raises:
        ConfigError: Training and validation data have different classes.
        CheckpointError: The checkpoint was trained on others than the data have.
    """

    def before_train(self, runner: Any) -> None:
        """Compare training and validation data."""
        if runner.val_loop is None:
            return
        train, val = (_classes(loop) for loop in (runner.train_loop, runner.val_loop))
        if train and val and train != val:
            raise ConfigError(
                f'the training data have the classes {", ".join(train)}, the validation data '
                f'{", ".join(val)}; set metainfo=dict(classes=(...)) of both data sets alike'
            )

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Compare checkpoint and data, for a test or a resumed run."""
        if runner.train_loop is not None and not runner._resume:
            return
        loop = runner.train_loop or runner.test_loop or runner.val_loop
        trained = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
        trained, classes = tuple(trained.get('classes') or ()), _classes(loop)
        if trained and classes and trained != classes:
            raise CheckpointError(
                f'checkpoint {runner._load_from} was trained on the classes {", ".join(trained)}; '
                f'the data have {", ".join(classes)}. Set metainfo=dict(classes=(...)) of the data '
                'set to those of the checkpoint, in their order'
            )


def _classes(loop: Any) -> tuple[str, ...]:
    metainfo = getattr(getattr(loop, 'dataloader', None), 'dataset', None)
    return tuple((getattr(metainfo, 'metainfo', None) or {}).get('classes') or ())
