"""All prompts are embedded before a training, and the text encoders make room."""

from collections.abc import Iterator
from typing import Any

from mmengine.dist import barrier, is_main_process
from mmengine.hooks import Hook

from mmsar.datasets.transforms import SARPrompt
from mmsar.engine.generation.generator import require_generator
from mmsar.errors import ConfigError
from mmsar.registry import HOOKS


@HOOKS.register_module()
class PromptCacheHook(Hook):
    """Embed the prompts of the training set and the empty one, and let the text encoders go.

    Without it, encoders are loaded at the first step and stay until the end.

    Raises:
        ConfigError: The training set has no :class:`mmsar.SARPrompt`, or one whose classes are
            others than those of the data.
    """

    # After hooks that want prompts of their own.
    priority = 'VERY_LOW'

    def before_train(self, runner: Any) -> None:
        """Embed; with several processes the first fills the cache on the disk."""
        model = require_generator(runner.model)
        texts = ['', *prompts_of(runner.train_dataloader.dataset)]
        new = model.prompts.prepare(texts, model.device) if is_main_process() else 0
        barrier()
        if not is_main_process():
            model.prompts.prepare(texts, model.device)
        runner.logger.info(f'{len(texts)} prompts, {new} of them newly embedded')


def prompts_of(dataset: Any) -> list[str]:
    """Return all prompts of a data set, each once.

    Raises:
        ConfigError: It has none, or other classes.
    """
    found: dict[str, None] = {}
    for part in _parts(dataset):
        steps = getattr(getattr(part, 'pipeline', None), 'transforms', [])
        steps = [step for step in steps if isinstance(step, SARPrompt)]
        if not steps:
            raise ConfigError(
                f"the pipeline of {type(part).__name__} has no dict(type='mmsar.SARPrompt'): add "
                'it before PackPrompted, or take PromptCacheHook out of custom_hooks'
            )
        classes = tuple(part.metainfo.get('classes') or ())
        if classes and steps[0].classes and classes != steps[0].classes:
            raise ConfigError(
                f'SARPrompt has the classes {", ".join(steps[0].classes)}, and the data '
                f'{", ".join(classes)}: set classes of SARPrompt and metainfo=dict(classes=(...)) '
                'of the data set alike'
            )
        for number in range(len(part)):
            found[steps[0].prompt_of(part.get_data_info(number))] = None
    return list(found)


def _parts(dataset: Any) -> Iterator[Any]:
    """Yield the data sets within wrappers."""
    if hasattr(dataset, 'datasets'):
        for part in dataset.datasets:
            yield from _parts(part)
    elif hasattr(dataset, 'dataset'):
        yield from _parts(dataset.dataset)
    else:
        yield dataset
