"""What a model must do to generate images."""

from collections.abc import Sequence
from typing import Any, Protocol

from mmengine.model import is_model_wrapper
from torch import Tensor

from mmsar.errors import ConfigError


class Generator(Protocol):
    """A model of the registry ``MODELS`` that makes images of prompts.

    What becomes of an image must not depend on the others of its batch.
    """

    def generate(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        shape: tuple[int, int],
        steps: int,
        guidance: float,
    ) -> Tensor:
        """Return images (N, 1, rows, columns), in [0, 1], NaN where one has failed."""
        ...


def require_generator(model: Any) -> Any:
    """Return a model without its wrapper, if it can generate.

    Raises:
        ConfigError: It has no ``generate``.
    """
    bare = model.module if is_model_wrapper(model) else getattr(model, 'module', model)
    if not callable(getattr(bare, 'generate', None)):
        raise ConfigError(
            f'{type(bare).__name__} has no method generate(prompts, seeds, ...): set model to one '
            "that generates, such as dict(type='mmsar.SD3LoRA')"
        )
    return bare
