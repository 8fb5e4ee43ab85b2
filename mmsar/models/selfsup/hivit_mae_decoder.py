"""The decoder of masked pre-training with HiViT."""

from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.models.backbones.hivit_layers import NORM_EPS, Block, pick
from mmsar.models.backbones.hivit_positions import sincos_positions
from mmsar.registry import MODELS


@MODELS.register_module()
class HiViTMAEDecoder(BaseModule):
    """Predict every unit of an image from the visible ones.

    Source: He et al., arXiv 2111.06377, section 3, without a class token: mmpretrain's
    ``MAEPretrainDecoder`` takes the first visible unit for one and puts all others a place too far.
    Weights have the published names.

    Args:
        in_dims: Values of a visible unit: 7 * D of HiViT with ``concat_stages``, else D.
        out_dims: Values of the target in a unit: scales * channels * patch_size^2 for gradient
            features.
        grid: Rows and columns of units.
        embed_dims: Width of the decoder.
        depth: Number of blocks, at least one.
        num_heads: Of the attention.
        mlp_ratio: Hidden width of the MLPs, in multiples of ``embed_dims``.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: ``depth`` is below 1.
    """

    decoder_pos_embed: Tensor

    def __init__(
        self,
        in_dims: int = 3584,
        out_dims: int = 768,
        grid: tuple[int, int] = (14, 14),
        embed_dims: int = 512,
        depth: int = 6,
        num_heads: int = 16,
        mlp_ratio: float = 4.0,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        if depth < 1:
            raise ConfigError(f'HiViTMAEDecoder: depth={depth}; it must be at least 1')
        self.decoder_embed = nn.Linear(in_dims, embed_dims)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.register_buffer('decoder_pos_embed', sincos_positions(embed_dims, (grid[0], grid[1])))
        self.decoder_blocks = nn.ModuleList(
            Block(embed_dims, mlp_ratio, num_heads) for _ in range(depth)
        )
        self.decoder_norm = nn.LayerNorm(embed_dims, eps=NORM_EPS)
        self.decoder_pred = nn.Linear(embed_dims, out_dims)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.mask_token, std=0.02)

    def forward(self, latent: Tensor, restore: Tensor, wanted: Tensor | None = None) -> Tensor:
        """Predict.

        Args:
            latent: (N, K, in_dims), the visible units.
            restore: (N, L), int64: for each place, row after row, the position of its unit among
                the visible ones and, after these, the others.
            wanted: (N, M), int64: the places to predict. Default: all, row after row.

        Returns:
            (N, M, out_dims).

        Raises:
            DataError: L is not the number of units of ``grid``.
        """
        places = self.decoder_pos_embed.shape[1]
        if restore.shape[1] != places:
            raise DataError(
                f'HiViTMAEDecoder gets images of {restore.shape[1]} units, but its grid has '
                f'{places}; crop the images to backbone.img_size, or set neck.grid'
            )
        visible = self.decoder_embed(latent)
        hidden = self.mask_token.to(visible.dtype).expand(
            len(visible), places - visible.shape[1], -1
        )
        x = pick(torch.cat([visible, hidden], dim=1), restore) + self.decoder_pos_embed
        *blocks, last = self.decoder_blocks
        for block in blocks:
            x = block(x)
        x = last(x, some=wanted)
        return self.decoder_pred(self.decoder_norm(x))
