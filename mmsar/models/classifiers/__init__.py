"""Parts of classifiers, for mmpretrain's ``ImageClassifier``."""

from typing import Any

from mmsar.models.classifiers.pooled_norm import PooledNorm
from mmsar.registry import MODELS

__all__ = ['PooledNorm', 'ProbeHead']


@MODELS.register_module(name='ProbeHead')
def _build_probe_head(**settings: Any) -> Any:
    """Build :class:`mmsar.models.classifiers.probe_head.ProbeHead`.

    mmpretrain takes seconds and 1 GB to import; only classifiers need it, not detectors.
    """
    from mmsar.models.classifiers.probe_head import ProbeHead

    return ProbeHead(**settings)


def __getattr__(name: str) -> Any:
    if name == 'ProbeHead':
        from mmsar.models.classifiers.probe_head import ProbeHead

        return ProbeHead
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
