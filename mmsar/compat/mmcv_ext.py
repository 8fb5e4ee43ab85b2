"""``mmcv._ext``, the compiled operators of mmcv, is missing in mmcv-lite.

mmdet and mmagic import ``mmcv.ops`` and fail without it, and mmcv has no wheels for current
PyTorch. A module that provides ``mmcv._ext`` is offered here; it is asked for only when mmcv
itself has none, so with a full mmcv nothing changes.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from mmsar.compat.import_hooks import FallbackFinder
from mmsar.errors import MissingOperatorError


class Operators(ModuleType):
    """Stands in for ``mmcv._ext``: known operators work, every other one names itself."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function that refuses by name: mmcv looks all its operators up at import."""
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args: Any, **kwargs: Any) -> Any:
            raise MissingOperatorError(
                f"the compiled mmcv operator '{name}' was called, but mmcv-lite has no compiled "
                'operators and mmsar has no substitute for this one; choose a model without it, '
                'or install mmcv with compiled operators (pip uninstall mmcv-lite && pip install '
                '--no-deps mmcv==2.1.0, needs a compiler and a matching PyTorch)'
            )

        return missing


def _create() -> ModuleType:
    from mmsar.compat.ops import OPERATORS  # imports torchvision, so not before it is needed

    module = Operators('mmcv._ext', __doc__)
    module.__dict__.update(OPERATORS)
    return module


def install() -> None:
    """Offer ``mmcv._ext`` to mmcv installations that have none."""
    FallbackFinder('mmcv._ext', _create, parent='mmcv').install()
