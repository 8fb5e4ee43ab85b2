"""Bridges that let the OpenMMLab toolboxes run on current PyTorch, numpy and diffusers.

One file per upstream problem. Each bridge says which problem it answers and does nothing where
upstream is already whole. ``import mmsar`` installs them all; none imports torchvision, mmcv or
``mmengine.runner`` by itself.
"""

from mmsar.compat import (
    diffusers_unet,
    mmcv_ext,
    mmengine_checkpoint,
    mmengine_packages,
    numpy_names,
)


def install() -> None:
    """Install every bridge. Calling it again changes nothing."""
    numpy_names.install()
    mmengine_packages.install()
    mmengine_checkpoint.install()
    mmcv_ext.install()
    diffusers_unet.install()
