"""Pictures of what a generator makes while it is trained."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop

from mmsar.engine.generation.generator import require_generator
from mmsar.engine.generation.settings import read_settings
from mmsar.errors import ConfigError
from mmsar.randomness import keep_random_state
from mmsar.registry import HOOKS

_SHOWN = 255


@HOOKS.register_module()
class DrawSamplesHook(Hook):
    """Draw images of each class, a column each, with the same noise every time.

    They go to the visualizer's backends (work folder, TensorBoard), as the network sees them, not
    in radar units. Training is the same with or without.

    Args:
        interval: In epochs, or in iterations in a loop that counts them; the last is always drawn.
        number: Of each class or prompt.
        **settings: Changes to the ``test_cfg`` of the config, see
            :class:`mmsar.engine.generation.GenerationSettings`: ``steps``, ``classes``.

    Raises:
        ConfigError: ``interval`` is below 1, or the config has no generation.
    """

    priority = 'LOW'

    def __init__(self, interval: int = 10, number: int = 2, **settings: Any) -> None:
        if interval < 1:
            raise ConfigError(f'DrawSamplesHook: interval={interval}; give at least 1')
        self.interval = interval
        self.changes = {'number': number, **settings}

    def before_train(self, runner: Any) -> None:
        """Read the settings, and have the prompts embedded."""
        given: Mapping[str, Any] = runner.cfg.get('test_cfg') or {}
        if given.get('type') != 'mmsar.GenerationLoop':
            raise ConfigError(
                "DrawSamplesHook draws what test_cfg = dict(type='mmsar.GenerationLoop') of the "
                'config would generate: set it, or take the hook out of custom_hooks'
            )
        kept = {k: v for k, v in given.items() if k not in ('type', 'out', 'device')}
        self.settings = read_settings({**kept, **self.changes})
        model = require_generator(runner.model)
        if is_main_process() and hasattr(model, 'prompts'):
            model.prompts(['', *(image.prompt for image in self.settings.wanted())], model.device)

    def after_train_epoch(self, runner: Any) -> None:
        """Draw."""
        due = self.every_n_epochs(runner, self.interval) or self.is_last_train_epoch(runner)
        if due and not isinstance(runner.train_loop, IterBasedTrainLoop):
            self._show(runner, runner.epoch + 1)

    def after_train_iter(self, runner: Any, *_: Any, **__: Any) -> None:
        """Draw in a loop that counts iterations, which is one epoch to mmengine."""
        due = self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner)
        if due and isinstance(runner.train_loop, IterBasedTrainLoop):
            self._show(runner, runner.iter + 1)

    def _show(self, runner: Any, number: int) -> None:
        if not is_main_process():
            return
        settings = self.settings
        wanted = settings.wanted()
        size = settings.batch_size
        model = require_generator(runner.model)
        parts = []
        with keep_random_state():
            for start in range(0, len(wanted), size):
                part = wanted[start : start + size]
                images = model.generate(
                    [image.prompt for image in part],
                    [image.seed for image in part],
                    settings.shape,
                    settings.steps,
                    settings.guidance,
                )
                parts.append(images[:, 0].float().cpu().numpy())
        picture = _grid(np.concatenate(parts), settings.number)
        runner.visualizer.add_image('samples', picture, step=number)


def _grid(images: Any, number: int) -> Any:
    """Return a picture, (rows, columns, 3), uint8, of images (classes * number, H, W)."""
    padded = np.pad(np.nan_to_num(images), ((0, 0), (1, 1), (1, 1)), constant_values=1)
    columns = padded.reshape(-1, number, *padded.shape[1:]).transpose(1, 2, 0, 3)
    plane = columns.reshape(columns.shape[0] * columns.shape[1], -1)
    return np.repeat((plane * _SHOWN).round().astype(np.uint8)[..., None], 3, axis=2)
