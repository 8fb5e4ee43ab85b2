"""Weights of the published SARATR-X and HiViT under the names of mmsar.

Sources: github.com/waterdisappear/SARATR-X (weights under CC BY-NC 4.0) and
github.com/zhangxiaosong18/hivit. The parts:

* ``pretrain``: the whole masked auto-encoder, for :class:`mmsar.SARATRX`;
* ``backbone``: the encoder alone, for :class:`mmsar.HiViT` with ``concat_stages``;
* ``detection-backbone``: that of a detector, with the norms of its levels;
* ``detector``: the whole Faster R-CNN.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

from mmsar.errors import CheckpointError
from mmsar.models.backbones.hivit_positions import resize_positions, sincos_positions
from mmsar.models.weights import misfits, without_prefix

PARTS = ('pretrain', 'backbone', 'detection-backbone', 'detector')
_POSITIONS = ('absolute_pos_embed', 'decoder_pos_embed')
# What files hold and a part has no use for: constants, and other parts of the published model.
_CONSTANTS = r'(.*\.)?relative_position_index|sarfeature\d+\.weight_[xy][12]'
_LEFT_OUT = {
    'pretrain': _CONSTANTS,
    'backbone': rf'{_CONSTANTS}|mask_token|decoder_.*|(fc_norm|head)\..*',
    'detection-backbone': rf'{_CONSTANTS}|norm\..*',
    'detector': _CONSTANTS,
}
_PREFIXES = ('backbone.', 'image_encoder.', 'encoder.')


class Converted(NamedTuple):
    """Weights by mmsar's names, and what became of those that were there.

    Args:
        weights: State dict, complete.
        taken: How many tensors of the file it holds.
        left_out: Names in the file that the part has no use for.
        filled: Names of positions that were not in the file; they have their sin-cos values.
        resized: Names of positions that were of another grid.
    """

    weights: dict[str, Tensor]
    taken: int
    left_out: list[str]
    filled: list[str]
    resized: list[str]


def from_official(
    weights: Mapping[str, Tensor],
    wanted: Mapping[str, Tensor],
    part: str,
    grid: tuple[int, int],
    source: str,
) -> Converted:
    """Rename published weights.

    Args:
        weights: State dict, with or without ``module.`` or ``backbone.`` before the names.
        wanted: State dict of mmsar's model; on the meta device, too.
        part: One of ``PARTS``.
        grid: Rows and columns of the model's units.
        source: What to call the weights in messages.

    Returns:
        The weights, complete.

    Raises:
        CheckpointError: A weight is missing, misshapen or unknown. Only positions may be absent.
    """
    found = without_prefix(weights, 'module.') or dict(weights)
    left_out: list[str] = []
    if part != 'detector':
        for prefix in _PREFIXES:
            inner = without_prefix(found, prefix)
            if inner:
                left_out = [name for name in found if not name.startswith(prefix)]
                found = inner
                break
    unused = [name for name in found if re.fullmatch(_LEFT_OUT[part], name)]
    left_out += unused
    names = {key: official_name(key, part) for key in wanted}
    positions = {key for key in names if key.endswith(_POSITIONS)}
    filled = [key for key in names if key in positions and names[key] not in found]
    used = {name: weight for name, weight in found.items() if name not in set(unused)}
    resized = []
    for key in positions.difference(filled):
        old = used[names[key]]
        if old.ndim == 3 and old.shape[1] != wanted[key].shape[1]:
            side = math.isqrt(old.shape[1])
            if side * side == old.shape[1]:
                used[names[key]] = resize_positions(old, (side, side), grid)
                resized.append(key)
    for key in filled:
        used[names[key]] = sincos_positions(wanted[key].shape[-1], grid)
    problems = misfits(used, {names[key]: weight for key, weight in wanted.items()})
    if problems:
        raise CheckpointError(
            f'{source} does not hold the {part} part of this model, {len(wanted)} tensors: '
            f'{problems}'
        )
    result = {key: used[name].detach().cpu().contiguous() for key, name in names.items()}
    return Converted(result, len(result) - len(filled), left_out, filled, resized)


def official_name(key: str, part: str) -> str:
    """Return the published name of a weight of a part of mmsar's model."""
    rename: dict[str, Callable[[str], str]] = {
        'pretrain': lambda k: k.removeprefix('backbone.').removeprefix('neck.'),
        'backbone': str,
        'detection-backbone': _level_norm,
        'detector': lambda k: _level_norm(k) if k.startswith('backbone.') else k,
    }
    return rename[part](key)


def _level_norm(key: str) -> str:
    match = re.fullmatch(r'(.*)out_norms\.(\d)\.(.+)', key)
    if match is None:
        return key
    before, level, rest = match.groups()
    # The last one stands behind the pooling, in a sequence.
    return f'{before}fpn{int(level) + 1}.{"1." if level == "3" else ""}{rest}'
