"""ImageNet weights of timm's ``darknet53`` under the names of ``mmdet.Darknet(depth=53)``.

Both build the network of YOLOv3 (Redmon and Farhadi, arXiv 1804.02767, table 1). They differ in
two settings that no shape shows: timm's activation has slope 0.01 (mmdet: 0.1), and timm's input
is normalised by ImageNet's mean and standard deviation (mmdet's YOLOv3: divided by 255).
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from mmsar.errors import CheckpointError

# Slope of timm's LeakyReLU; mmdet's config must set it: act_cfg=dict(negative_slope=0.01).
NEGATIVE_SLOPE = 0.01

# The classifier, which a detector does not have.
_HEAD = ('head.fc.weight', 'head.fc.bias')
_SHOWN = 3


def from_timm(weights: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Rename the weights of timm's ``darknet53``.

    Args:
        weights: State dict of timm's model, with or without its classifier.
        source: What to call it in messages.

    Returns:
        State dict of ``mmdet.Darknet(depth=53)``, complete.

    Raises:
        CheckpointError: A weight is missing, misshapen, or of another network.
    """
    wanted = _mmdet_weights()
    names = {key: timm_name(key) for key in wanted}
    found = dict(weights)
    for name in names.values():
        # A counter that files of old torch versions lack; nothing depends on its value.
        if name.endswith('.num_batches_tracked'):
            found.setdefault(name, torch.tensor(0))
    missing = [name for name in names.values() if name not in found]
    unknown = sorted(found.keys() - set(names.values()) - set(_HEAD))
    misshapen = [
        f'{name} {tuple(found[name].shape)} instead of {tuple(wanted[key].shape)}'
        for key, name in names.items()
        if name in found and found[name].shape != wanted[key].shape
    ]
    problems = [
        f'{len(items)} {text}: {", ".join(items[:_SHOWN])}{", ..." * (len(items) > _SHOWN)}'
        for items, text in (
            (missing, 'missing'),
            (unknown, 'unknown'),
            (misshapen, 'of another shape'),
        )
        if items
    ]
    if problems:
        raise CheckpointError(f"{source} is not timm's darknet53: {'; '.join(problems)}")
    return {key: found[name].detach().cpu().contiguous() for key, name in names.items()}


def timm_name(key: str) -> str:
    """Return timm's name of a weight of ``mmdet.Darknet(depth=53)``."""
    match = re.fullmatch(r'conv_res_block(\d)\.(?:conv|res(\d))\.(.+)', key)
    if match is None:
        return f'stem.{key}'
    block, unit, rest = match.groups()
    part = 'conv_down' if unit is None else f'blocks.{unit}'
    return f'stages.{int(block) - 1}.{part}.{rest}'


def _mmdet_weights() -> dict[str, Tensor]:
    """Return names and shapes, without the memory of 40 million values."""
    from mmdet.models.backbones import Darknet

    with torch.device('meta'):
        return Darknet(depth=53).state_dict()
