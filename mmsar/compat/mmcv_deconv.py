"""The name by which mmagic asks mmcv for a transposed convolution.

Problem: the U-Net of mmagic's Pix2pix (1.2.0) builds ``dict(type='Deconv')``, which no mmcv
registers; in mmcv 2 the layer is called ``deconv``. ``MODELS.build`` of ``UnetGenerator`` ends in a
KeyError.

Answer: register that layer under the other name as well. mmcv is imported for it, so
:func:`install` is called where mmagic is used, not by ``import mmsar``.
"""


def install() -> None:
    """Register the name, unless it is known."""
    from mmcv.cnn.bricks.wrappers import ConvTranspose2d
    from mmengine.registry import MODELS

    if 'Deconv' not in MODELS.module_dict:
        MODELS.register_module('Deconv', module=ConvTranspose2d)
