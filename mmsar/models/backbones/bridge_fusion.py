"""Two backbones whose feature maps become one: joint interpretation of optical and SAR images."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.models.backbones.level_fusion import ConcatFusion, CrossAttentionFusion, SumFusion
from mmsar.models.matching.branch_init import BRANCHES, backbone_init, fit_backbone
from mmsar.models.weights import input_channels
from mmsar.registry import MODELS

FUSIONS = ('concat', 'sum', 'cross_attention')


@MODELS.register_module()
class BridgeFusionBackbone(BaseModule):
    """Features of an aligned SAR and optical image, fused level by level.

    Source: the paper on joint interpretation by bridge networks (2021), section 2.2 and figure 3a:
    both backbones come from the branches of a bridge network, and the features of both serve one
    task. The paper does not say how they are fused; the ways here are common ones:

    * ``concat``: concatenation and a 1x1 convolution back to the width, at first the mean;
    * ``sum``: the sum;
    * ``cross_attention``: within windows, each SAR position attends to optical ones and each
      optical one to SAR ones; what they gather is added to the sum
      (:class:`mmsar.models.backbones.level_fusion.WindowCrossAttention`).

    It stands for the backbone of any detector or classifier: the result has levels and widths of
    one of the two backbones.

    Args:
        sar: Config of the backbone for SAR images, such as ``dict(type='mmdet.ResNet', depth=50)``.
        optical: Likewise. Levels, widths and strides of the two must be the same.
        channels: Width of each level: ``[256, 512, 1024, 2048]`` for ResNet-50.
        fusion: See above.
        attention: For ``cross_attention``: ``embed``, ``heads`` and ``window``.
        branch_init: What the two start from, as in :class:`mmsar.BridgeNetwork`: a dict with
            ``sar`` and ``optical``, each the file that ``publish_backbone.py`` wrote, or
            ``dict(type='Pretrained', checkpoint=FILE, prefix='sar_branch.backbone.')`` with that of
            a whole bridge network, or None. Weights that are missing are an error.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: The arguments do not fit one another, or the backbones differ.
    """

    fits_backbones = True  # read by CheckNormalisationHook; see init_weights

    def __init__(
        self,
        sar: Mapping[str, Any],
        optical: Mapping[str, Any],
        channels: Sequence[int],
        fusion: str = 'concat',
        attention: Mapping[str, int] | None = None,
        branch_init: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        if fusion not in FUSIONS:
            raise ConfigError(f'fusion={fusion!r}; choose one of {", ".join(FUSIONS)}')
        self.widths = list(channels)
        self.in_channels = []
        start = backbone_init(branch_init, {'sar': sar, 'optical': optical})
        for name, config in zip(BRANCHES, (sar, optical), strict=True):
            own = {} if start[name] is None else {'init_cfg': start[name]}
            backbone = MODELS.build({**config, **own})
            taken = input_channels(backbone)
            if taken is None:
                raise ConfigError(f'{name}: {type(backbone).__name__} has no convolution')
            self.add_module(name, backbone)
            self.in_channels.append(taken)
        self.fusion = nn.ModuleList(
            CrossAttentionFusion(width, **(attention or {}))
            if fusion == 'cross_attention'
            else ConcatFusion(width)
            if fusion == 'concat'
            else SumFusion()
            for width in channels
        )

    def init_weights(self) -> None:
        """Initialise; pre-trained weights of a backbone must be complete."""
        hooks = [
            getattr(self, name).register_load_state_dict_pre_hook(fit_backbone) for name in BRANCHES
        ]
        try:
            super().init_weights()
        finally:
            for hook in hooks:
                hook.remove()

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the fused levels.

        Args:
            images: (N, C, H, W), normalised; first the channels of the SAR image, then those of the
                optical one, as :class:`mmsar.StackViews` puts them.

        Returns:
            Levels (N, C_i, H_i, W_i).

        Raises:
            DataError: The images have another number of channels.
            ConfigError: The levels of the two backbones differ, or are not as wide as ``channels``.
        """
        if images.shape[1] != sum(self.in_channels):
            raise DataError(
                f'the input has {images.shape[1]} channels, but the backbones of '
                f'BridgeFusionBackbone take {self.in_channels[0]} (sar) and {self.in_channels[1]} '
                "(optical): load both images and stack them, dict(type='mmsar.StackViews'), and "
                'set channels in data_preprocessor.sar and .optical'
            )
        sar, optical = torch.split(images, self.in_channels, dim=1)
        levels = [tuple(self.sar(sar)), tuple(self.optical(optical))]
        shapes = [[tuple(level.shape[1:]) for level in branch] for branch in levels]
        if shapes[0] != shapes[1] or [shape[0] for shape in shapes[0]] != self.widths:
            raise ConfigError(
                'BridgeFusionBackbone needs two backbones with equal levels, as wide as channels='
                f'{self.widths}; (channels, rows, columns) are {shapes[0]} (sar) and {shapes[1]} '
                '(optical)'
            )
        return tuple(fuse(*pair) for fuse, *pair in zip(self.fusion, *levels, strict=True))
