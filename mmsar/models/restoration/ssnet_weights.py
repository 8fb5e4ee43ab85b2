"""Weights of the published SSNet under the names of mmsar.

Source: github.com/Tombs98/SSNet, which names no licence. Of its tensors a quarter of the values
take no part in the output: they are left out.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mmsar.errors import CheckpointError
from mmsar.models.weights import misfits, without_prefix

# Never called, or called and its result thrown away.
DEAD = r'conv_out\.weight|.*\.dau_\w+\.(conv[45]|sca\.1)\.(weight|bias)'
_MASKS = 4
_STREAMS = {'dau_top': 'block_top', 'dau_mid': 'block_mid', 'dau_bot': 'block_bot'}
_FUSIONS = {'skff_top': 'fuse_top', 'skff_mid': 'fuse_mid'}
_BLOCK = {
    'contex.project_out': 'attention.project_out',
    'contex.qkv_dwconv': 'attention.qkv_depthwise',
    'contex.qkv': 'attention.qkv',
    'contex.temperature': 'attention.temperature',
}
_FUSION = {
    'l_proj1': 'query_l',
    'r_proj1': 'query_r',
    'l_proj2': 'value_l',
    'r_proj2': 'value_r',
}
_SCALES = {
    'down2.body.0.bot.1': 'to_mid.project',
    'down4.0.body.0.bot.1': 'to_bot.0.project',
    'down4.1.body.0.bot.1': 'to_bot.1.project',
    'up32_1.body.0.bot.0': 'bot_to_mid.0.project',
    'up32_2.body.0.bot.0': 'bot_to_mid.1.project',
    'up21_1.body.0.bot.0': 'mid_to_top.0.project',
    'up21_2.body.0.bot.0': 'mid_to_top.1.project',
    'conv_out': 'project',
}


class Converted(NamedTuple):
    """Weights by mmsar's names, and what became of those that were there.

    Attributes:
        weights: State dict, complete.
        taken: How many tensors of the file it is made of.
        dropped: Names in the file of tensors without influence on the output.
    """

    weights: dict[str, Tensor]
    taken: int
    dropped: list[str]


def settings_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the arguments of :class:`mmsar.SSNet` that published weights were trained with.

    Returns:
        ``in_channels``, ``out_channels``, ``num_feats``, ``num_groups``, ``num_blocks``, ``scale``;
        nothing where the weights do not tell.
    """
    weights = without_prefix(weights, 'module.') or weights
    first, last = weights.get('conv_in.weight'), weights.get('up.0.weight')
    out = weights.get('conv_out.weight')
    places = [re.match(r'body\.(\d+)\.body\.(\d+)\.dau_top\.beta', name) for name in weights]
    found = [match for match in places if match]
    if first is None or last is None or first.ndim != 4 or last.ndim != 4 or not found:
        return {}
    channels = len(out) if out is not None else first.shape[1]
    return {
        'in_channels': first.shape[1],
        'out_channels': channels,
        'num_feats': first.shape[0],
        'num_groups': len({match.group(1) for match in found}),
        'num_blocks': len({match.group(2) for match in found}),
        'scale': round((len(last) / channels) ** 0.5),
    }


def from_official(
    weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor], source: str
) -> Converted:
    """Rename published weights.

    Args:
        weights: State dict, with or without ``module.`` before the names.
        wanted: State dict of :class:`mmsar.SSNet` without feed-forward halves; on the meta device,
            too.
        source: What to call the weights in messages.

    Returns:
        The weights, complete.

    Raises:
        CheckpointError: A weight is missing, misshapen or unknown.
    """
    found = without_prefix(weights, 'module.') or dict(weights)
    dropped = [name for name in found if re.fullmatch(DEAD, name)]
    used = {name: weight for name, weight in found.items() if name not in set(dropped)}
    taken = len(used)
    result: dict[str, Tensor] = {}
    mixtures: dict[str, list[Tensor | None]] = {}
    for name, weight in used.items():
        new = our_name(name)
        mask = re.fullmatch(r'(.*\.)contex\.attn([1-4])', name)
        if mask:  # four tensors of one value are one of four
            key = our_name(f'{mask.group(1)}contex.temperature').removesuffix('temperature')
            parts = mixtures.setdefault(f'{key}mixture', [None] * _MASKS)
            parts[int(mask.group(2)) - 1] = weight
        else:
            result[new] = _reshape(weight, wanted.get(new))
    for key, parts in mixtures.items():
        there = [part.reshape(-1) for part in parts if part is not None]
        result[key] = torch.cat(there)  # of another shape if one is missing
    problems = misfits(result, wanted)
    if problems:
        raise CheckpointError(
            f'{source} does not hold the weights of this SSNet, {len(wanted)} tensors (names are '
            f'those of mmsar): {problems}'
        )
    ordered = {key: result[key].detach().cpu().contiguous() for key in wanted}
    return Converted(ordered, taken, dropped)


def our_name(name: str) -> str:
    """Return mmsar's name of a published weight; an unknown one stays as it is."""
    if name in ('up.0.weight', 'up.0.bias'):
        return name.replace('up.0', 'conv_up')
    match = re.fullmatch(r'body\.(\d+)\.body\.(\d+)\.(.+)', name)
    if match is None:
        return name
    group, block, rest = match.groups()
    if rest == 'weight':  # the convolution, which comes last in a group
        return f'groups.{group}.conv.weight'
    return f'groups.{group}.blocks.{block}.{_within_block(rest)}'


def _within_block(name: str) -> str:
    part, _, rest = name.partition('.')
    if part in _STREAMS:
        return f'{_STREAMS[part]}.{_replace(rest, _BLOCK)}'
    if part in _FUSIONS:
        return f'{_FUSIONS[part]}.{_replace(rest, _FUSION)}'
    return _replace(name, _SCALES)


def _replace(name: str, names: Mapping[str, str]) -> str:
    for theirs, ours in names.items():
        if name == theirs or name.startswith(f'{theirs}.'):
            return ours + name[len(theirs) :]
    return name


def _reshape(weight: Tensor, wanted: Tensor | None) -> Tensor:
    """Drop the sizes of 1 that a convolution of one pixel and a scale for images have."""
    if wanted is None or weight.numel() != wanted.numel():
        return weight
    same = [side for side in weight.shape if side != 1] == [s for s in wanted.shape if s != 1]
    return weight.reshape(wanted.shape) if same else weight
