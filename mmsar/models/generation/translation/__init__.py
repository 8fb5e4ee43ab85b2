"""Networks that translate chips of one sensor to another: the adversarial baselines."""

from typing import Any

from mmsar.models.generation.translation.cut import CUT
from mmsar.models.generation.translation.cut_networks import BlurPatchDiscriminator, CUTGenerator
from mmsar.models.generation.translation.stargan import StarGAN
from mmsar.models.generation.translation.stargan_networks import (
    StarGANDiscriminator,
    StarGANGenerator,
)
from mmsar.registry import MODELS

__all__ = [
    'CUT',
    'BlurPatchDiscriminator',
    'CUTGenerator',
    'CycleGAN',
    'Pix2Pix',
    'StarGAN',
    'StarGANDiscriminator',
    'StarGANGenerator',
]


# mmagic takes seconds and 1 GB to import; the others do not need it.
@MODELS.register_module(name='CycleGAN')
def _build_cyclegan(**settings: Any) -> Any:
    """Build :class:`mmsar.models.generation.translation.hosted.CycleGAN`."""
    from mmsar.models.generation.translation.hosted import CycleGAN

    return CycleGAN(**settings)


@MODELS.register_module(name='Pix2Pix')
def _build_pix2pix(**settings: Any) -> Any:
    """Build :class:`mmsar.models.generation.translation.hosted.Pix2Pix`."""
    from mmsar.models.generation.translation.hosted import Pix2Pix

    return Pix2Pix(**settings)


def __getattr__(name: str) -> Any:
    if name in ('CycleGAN', 'Pix2Pix'):
        from mmsar.models.generation.translation import hosted

        return getattr(hosted, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
