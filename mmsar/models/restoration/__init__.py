"""Restoration of images: super-resolution."""

from typing import Any

from mmsar.models.restoration.ssnet import SSNet
from mmsar.registry import MODELS

__all__ = ['RadarRestorer', 'SSNet']


@MODELS.register_module(name='RadarRestorer')
def _build_restorer(**settings: Any) -> Any:
    """Build :class:`mmsar.models.restoration.restorer.RadarRestorer`.

    mmagic takes seconds and 1 GB to import; the network alone does not need it.
    """
    from mmsar.models.restoration.restorer import RadarRestorer

    return RadarRestorer(**settings)


def __getattr__(name: str) -> Any:
    if name == 'RadarRestorer':
        from mmsar.models.restoration.restorer import RadarRestorer

        return RadarRestorer
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
