"""Adapters as diffusers and ComfyUI read them."""

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop

from mmsar.engine.generation.generator import require_generator
from mmsar.errors import ConfigError
from mmsar.registry import HOOKS


@HOOKS.register_module()
class SaveAdaptersHook(Hook):
    """Write ``adapters/epoch_N/pytorch_lora_weights.safetensors`` in the work folder.

    ``StableDiffusion3Pipeline.load_lora_weights(FOLDER)`` and ComfyUI's LoRA loader take it. A file
    is there whole or not at all. A training goes on from its checkpoints, not from these.

    Args:
        interval: In epochs, or in iterations in a loop that counts them; the last is always
            written.

    Raises:
        ConfigError: ``interval`` is below 1, or the model has no adapters.
    """

    priority = 'LOW'

    def __init__(self, interval: int = 10) -> None:
        if interval < 1:
            raise ConfigError(f'SaveAdaptersHook: interval={interval}; give at least 1')
        self.interval = interval

    def before_train(self, runner: Any) -> None:
        """See that there will be something to write."""
        model = require_generator(runner.model)
        if getattr(model, 'whole', True):
            raise ConfigError(
                'SaveAdaptersHook: the model has no adapters (lora=None); take it out of '
                'custom_hooks, and export the checkpoint by tools/model_converters/'
                'export_diffusion.py'
            )

    def after_train_epoch(self, runner: Any) -> None:
        """Write."""
        due = self.every_n_epochs(runner, self.interval) or self.is_last_train_epoch(runner)
        if due and not isinstance(runner.train_loop, IterBasedTrainLoop):
            self._save(runner, f'epoch_{runner.epoch + 1}')

    def after_train_iter(self, runner: Any, *_: Any, **__: Any) -> None:
        """Write in a loop that counts iterations, which is one epoch to mmengine."""
        due = self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner)
        if due and isinstance(runner.train_loop, IterBasedTrainLoop):
            self._save(runner, f'iter_{runner.iter + 1}')

    def _save(self, runner: Any, name: str) -> None:
        if is_main_process():
            folder = Path(runner.work_dir) / 'adapters' / name
            path = require_generator(runner.model).save_adapters(folder)
            runner.logger.info(f'adapters are in {path}')
