"""HiViT, the backbone of SARATR-X."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmsar.errors import CheckpointError
from mmsar.models.backbones.hivit_layers import INNER, NORM_EPS, Block, PatchEmbed, PatchMerge
from mmsar.models.backbones.hivit_positions import resize_positions, sincos_positions
from mmsar.models.backbones.hivit_settings import architecture, base_grid, require
from mmsar.models.weights import misfits
from mmsar.registry import MODELS

_CACHED_SIZES = 16


@MODELS.register_module()
class HiViT(BaseModule):
    """Hierarchical vision transformer, for classifiers, detectors and masked pre-training.

    Source: Zhang et al., arXiv 2205.14949; 'base' as in SARATR-X (Li et al., IEEE TIP 2025,
    doi 10.1109/TIP.2025.3531988). Three stages: 4 x 4, 2 x 2 and one token per unit of 16 x 16
    pixels, of width D/4, D/2 and D; attention in the last. Weights have the published names.

    Args:
        arch: ``slim``, ``tiny``, ``small``, ``base``, or a dict with ``embed_dims`` (D), ``depths``
            (blocks of the three stages; one of the first two is two MLPs) and ``num_heads``.
        img_size: Side, or height and width, that the position embeddings are of, in pixels. Those
            of weights for another square are resized when they are loaded.
        patch_size: Side of a unit in pixels, a multiple of 4.
        in_channels: Channels of the images.
        out_indices: Levels to return: 0, 1, 2 are the ends of the stages (strides 4, 8, 16), 3 is
            the last stage after 2 x 2 max-pooling (stride 32).
        out_norm: Normalise each level (LayerNorm over the channels), as detectors do.
        concat_stages: For masked input: return the three stages together, normalised, as SARATR-X
            does (7 * D values a unit), instead of the last one.
        window_size: Attend within windows of this many tokens a side; 0: to all.
        global_blocks: Blocks of the last stage, from 0, that attend to all nevertheless.
        rel_pos: Add a learnt bias for each relative position.
        stem_mlp_ratio: Hidden width of the MLPs in the first two stages, in multiples of theirs.
        mlp_ratio: Likewise in the last.
        drop_path_rate: Of the last block; it grows linearly from 0.
        with_cp: Activation checkpointing: less memory, more time, the same gradients.
        frozen_stages: 0 freezes the patch embedding, 1 and 2 also the first one or two stages (2
            the positions as well), 3 everything but the norms of ``out_norm``. -1: nothing.
        official_merge_indices: Take levels 0 and 1 where published detectors do: after half of the
            first stage, and before the second one. Their weights need it.
        official_input_range: Multiply images, of 0 to 1, by 255: published detectors saw 0 to 255.
            Their weights need it.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument does not fit.
    """

    def __init__(
        self,
        arch: str | Mapping[str, Any] = 'base',
        img_size: int | Sequence[int] = 224,
        patch_size: int = 16,
        in_channels: int = 3,
        out_indices: Sequence[int] = (2,),
        out_norm: bool = False,
        concat_stages: bool = False,
        window_size: int = 0,
        global_blocks: Sequence[int] = (),
        rel_pos: bool = False,
        stem_mlp_ratio: float = 3.0,
        mlp_ratio: float = 4.0,
        drop_path_rate: float = 0.0,
        with_cp: bool = False,
        frozen_stages: int = -1,
        official_merge_indices: bool = False,
        official_input_range: bool = False,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        dims, depths, heads = architecture(arch)
        levels, blocks_of_last = tuple(out_indices), range(depths[2])
        require(
            levels != () and set(levels) <= set(range(4)) and list(levels) == sorted(set(levels)),
            *('out_indices', out_indices, 'rising numbers from 0 to 3'),
        )
        require(
            set(global_blocks) <= set(blocks_of_last),
            *('global_blocks', global_blocks, f'numbers from 0 to {depths[2] - 1}'),
        )
        require(window_size >= 0, 'window_size', window_size, 'a number of tokens, or 0')
        require(0 <= drop_path_rate < 1, 'drop_path_rate', drop_path_rate, 'from 0 to below 1')
        require(frozen_stages in range(-1, 4), 'frozen_stages', frozen_stages, '-1, 0, 1, 2 or 3')
        require(
            not official_merge_indices or depths[0] == depths[1],
            *('official_merge_indices', True, 'False where the first two depths differ'),
        )
        self.patch_size = patch_size
        self.input_scale = 255.0 if official_input_range else 1.0
        self.base_grid = base_grid(img_size, patch_size, INNER)
        self.out_indices = levels
        self.frozen_stages = frozen_stages
        self.with_cp = with_cp
        self.stage_dims = (dims // 4, dims // 2, dims)
        self.out_channels = tuple([*self.stage_dims, dims][level] for level in levels)

        self.patch_embed = PatchEmbed(patch_size, in_channels, dims // 4)
        self.absolute_pos_embed = nn.Parameter(sincos_positions(dims, self.base_grid))
        doubled = (2 * depths[0], 2 * depths[1])
        rates = iter(np.linspace(0, drop_path_rate, sum(doubled) + depths[2]).tolist())
        blocks: list[nn.Module] = []
        for width, depth in zip(self.stage_dims, doubled, strict=False):
            blocks += [Block(width, stem_mlp_ratio, drop_path=next(rates)) for _ in range(depth)]
            blocks.append(PatchMerge(width))
        self.first_main = len(blocks)
        for number in blocks_of_last:
            window = 0 if number in global_blocks else window_size
            base = None if not rel_pos else (window, window) if window else self.base_grid
            blocks.append(Block(dims, mlp_ratio, heads, next(rates), window, base))
        self.blocks = nn.ModuleList(blocks)
        # Index of the block after which a stage is taken.
        self._ends = {doubled[0] - 1: 0, doubled[0] + doubled[1]: 1}
        self._taken = {depths[0] - 1: 0, sum(depths[:2]): 1}
        if not official_merge_indices:
            self._taken = self._ends

        self.norm = nn.LayerNorm(7 * dims, eps=NORM_EPS) if concat_stages else None
        widths = self.out_channels if out_norm else ()
        self.out_norms = nn.ModuleList(nn.LayerNorm(width, eps=NORM_EPS) for width in widths)
        self._positions: dict[tuple[int, int], Tensor] = {}
        self._resized_from = torch.empty(0)
        self.apply(_initialise)
        # As a linear layer, which it is.
        nn.init.xavier_uniform_(self.patch_embed.proj.weight.data.flatten(1))
        self.register_load_state_dict_pre_hook(_fit_weights)
        self._freeze()

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Any:
        """Return feature maps, or tokens of some units.

        Args:
            images: (N, C, H, W) of any size, filled up with zeros to whole units at the bottom and
                on the right. One channel stands for equal ones.
            keep: (N, K), int64: process these units only, counted row after row.

        Returns:
            Without ``keep``, a tuple of levels (N, C_i, H_i, W_i). With it, tokens (N, K, 7 * D) or
            (N, K, D), in the order of ``keep``, see ``concat_stages``.
        """
        height, width = images.shape[-2:]
        images = F.pad(images, (0, -width % self.patch_size, 0, -height % self.patch_size))
        grid = (images.shape[-2] // self.patch_size, images.shape[-1] // self.patch_size)
        if torch.onnx.is_in_onnx_export():  # tables of positions become constants, of one size
            grid = (int(grid[0]), int(grid[1]))
        x = self.patch_embed(images if self.input_scale == 1 else images * self.input_scale, keep)
        stages = {}
        for number, block in enumerate(self.blocks[: self.first_main]):
            x = self._run(block, x)
            stage = (self._taken if keep is None else self._ends).get(number)
            if stage is not None:
                stages[stage] = x
        x = x.flatten(2)
        positions = self.positions(grid)
        x = x + (positions if keep is None else positions[0][keep])
        for block in self.blocks[self.first_main :]:
            x = self._run(block, x, grid, keep)
        if keep is not None:
            if self.norm is None:
                return x
            return self.norm(torch.cat([stages[0].flatten(2), stages[1].flatten(2), x], dim=-1))
        stages[2] = stages[3] = x[:, :, None, None]
        norms = self.out_norms or [nn.Identity()] * len(self.out_indices)
        return tuple(
            _level(stages[level], grid, norm, pool=level == 3)
            for level, norm in zip(self.out_indices, norms, strict=True)
        )

    def positions(self, grid: tuple[int, int]) -> Tensor:
        """Return the position embeddings for a grid of units, (1, rows * columns, D).

        Resized ones are kept, as long as the embeddings do not change. Their values tell, not their
        version: fused optimizers and averaged weights are written past it.
        """
        embedding = self.absolute_pos_embed
        trained = torch.is_grad_enabled() and embedding.requires_grad
        if grid == self.base_grid or trained or torch.compiler.is_compiling():
            return resize_positions(embedding, self.base_grid, grid)
        if not _equal(self._resized_from, embedding):
            self._positions.clear()
            self._resized_from = embedding.detach().clone()
        positions = self._positions.pop(grid, None)
        if positions is None:
            positions = resize_positions(self._resized_from, self.base_grid, grid)
        self._positions[grid] = positions  # last, so the first was not used for longest
        if len(self._positions) > _CACHED_SIZES:
            del self._positions[next(iter(self._positions))]
        return positions

    def train(self, mode: bool = True) -> 'HiViT':
        """Set the mode; frozen parts stay in evaluation mode."""
        super().train(mode)
        self._freeze()
        return self

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Return the depth of a parameter for layer-wise decay of the learning rate.

        As in the published code: everything before the attention blocks has depth 0, they have 1
        and up, what follows has the last.

        Args:
            param_name: Name of the parameter.
            prefix: Of the names of this backbone's parameters.

        Returns:
            Depth, and number of depths.
        """
        blocks = len(self.blocks) - self.first_main
        name = param_name.removeprefix(prefix)
        if not param_name.startswith(prefix) or name.startswith(('norm.', 'out_norms.')):
            return blocks + 1, blocks + 2
        if name.startswith('blocks.'):
            return max(int(name.split('.')[1]) - self.first_main + 1, 0), blocks + 2
        return 0, blocks + 2

    def _run(self, block: nn.Module, *args: Any) -> Tensor:
        if self.with_cp and torch.is_grad_enabled():
            return checkpoint(block, *args, use_reentrant=False)
        return block(*args)

    def _freeze(self) -> None:
        if self.frozen_stages < 0:
            return
        merges = [n for n, block in enumerate(self.blocks) if isinstance(block, PatchMerge)]
        ends = [0, *(merge + 1 for merge in merges), len(self.blocks)]
        for module in (self.patch_embed, *self.blocks[: ends[self.frozen_stages]]):
            module.eval().requires_grad_(False)
        if self.frozen_stages >= 2:
            self.absolute_pos_embed.requires_grad_(False)
        if self.frozen_stages == 3 and self.norm is not None:
            self.norm.requires_grad_(False)


def _level(units: Tensor, grid: tuple[int, int], norm: nn.Module, pool: bool) -> Tensor:
    """Turn units (N, rows * columns, P, P, C) into a map (N, C, rows * P, columns * P)."""
    x = units.unflatten(1, grid).transpose(2, 3).flatten(1, 2).flatten(2, 3)
    if pool:  # what does not fill a window counts, so that no image is too small
        x = F.max_pool2d(x.permute(0, 3, 1, 2), 2, ceil_mode=True).permute(0, 2, 3, 1)
    return norm(x).permute(0, 3, 1, 2).contiguous()


def _equal(one: Tensor, other: Tensor) -> bool:
    alike = (one.dtype, one.device) == (other.dtype, other.device)
    return alike and torch.equal(one, other)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _fit_weights(module: HiViT, weights: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """Take weights from pre-training: resize positions, leave out the norm of all stages together.

    mmengine would log weights of another shape, and go on with random ones.

    Raises:
        CheckpointError: Other weights are of another shape.
    """
    if module.norm is None:
        for name in ('weight', 'bias'):
            weights.pop(f'{prefix}norm.{name}', None)
    key = f'{prefix}absolute_pos_embed'
    rows, columns = module.base_grid
    found = weights.get(key)
    if found is not None and found.ndim == 3 and found.shape[1] != rows * columns:
        side = math.isqrt(found.shape[1])
        if side * side == found.shape[1]:
            weights[key] = resize_positions(found, (side, side), module.base_grid)
    wanted = module.state_dict()
    known = {name: weights[prefix + name] for name in wanted if prefix + name in weights}
    problems = misfits(known, {name: wanted[name] for name in known})
    if problems:
        raise CheckpointError(
            f'weights do not fit this HiViT: {problems}. Set arch, patch_size and the like as they '
            'were; in_channels too, images with one channel serve for any number'
        )
