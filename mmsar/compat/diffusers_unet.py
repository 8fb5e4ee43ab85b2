"""``diffusers.models.unet_2d_condition`` moved to ``diffusers.models.unets`` in diffusers 0.29.

mmagic's ViCo editor (``editors/vico/vico_utils.py``) imports it from the old place.
"""

import importlib
from types import ModuleType

from mmsar.compat.import_hooks import FallbackFinder


def _moved() -> ModuleType:
    new = importlib.import_module('diffusers.models.unets.unet_2d_condition')
    alias = ModuleType('diffusers.models.unet_2d_condition', new.__doc__)
    alias.__dict__.update({k: v for k, v in vars(new).items() if not k.startswith('__')})
    return alias


def install() -> None:
    """Offer the old module name where diffusers itself no longer has it."""
    FallbackFinder('diffusers.models.unet_2d_condition', _moved, parent='diffusers').install()
