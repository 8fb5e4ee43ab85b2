"""Self-supervised pre-training: masked images, and what they are to be rebuilt to."""

from typing import Any

from mmsar.models.selfsup.gradient_features import GradientFeatures
from mmsar.models.selfsup.hivit_mae_decoder import HiViTMAEDecoder
from mmsar.models.selfsup.hog_target import HOGTarget
from mmsar.models.selfsup.pixel_target import PixelTarget
from mmsar.registry import MODELS

__all__ = ['SARATRX', 'GradientFeatures', 'HOGTarget', 'HiViTMAEDecoder', 'PixelTarget']


@MODELS.register_module(name='SARATRX')
def _build_saratrx(**settings: Any) -> Any:
    """Build :class:`mmsar.models.selfsup.saratrx.SARATRX`.

    mmpretrain takes seconds and 1 GB to import; only this model needs it, not detectors.
    """
    from mmsar.models.selfsup.saratrx import SARATRX

    return SARATRX(**settings)


def __getattr__(name: str) -> Any:
    if name == 'SARATRX':
        from mmsar.models.selfsup.saratrx import SARATRX

        return SARATRX
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
