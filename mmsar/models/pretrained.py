"""The files that parts of a model start from (``init_cfg=dict(type='Pretrained')``)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError
from mmsar.models.weights import fits, misfits, without_prefix

# A backbone may have more than the file, such as the norms of a detector's levels.
LEAST = 0.9


class Start(NamedTuple):
    """What a part of a model starts from.

    Attributes:
        name: Of the part.
        module: The part.
        path: A local file.
        prefix: Of the names that are for it in the file.
    """

    name: str
    module: nn.Module
    path: Path
    prefix: str

    def read(self) -> Mapping[str, Any]:
        """Return the checkpoint; the weights stay on the disk, unless it is of an old format."""
        try:
            checkpoint = torch.load(self.path, map_location='cpu', weights_only=True, mmap=True)
        except Exception:  # load_file reads old formats, and explains what it cannot read
            checkpoint = load_file(self.path, map_location='cpu')
        return checkpoint if isinstance(checkpoint, dict) else {}


def local_starts(model: nn.Module) -> Iterator[Start]:
    """Yield the parts of a model that start from files; URLs are left alone."""
    for name, module in model.named_modules():
        settings = getattr(module, 'init_cfg', None) or []
        for setting in [settings] if isinstance(settings, dict) else settings:
            if isinstance(setting, dict) and setting.get('type') == 'Pretrained':
                path = Path(str(setting.get('checkpoint'))).expanduser()
                if path.is_file():
                    yield Start(name, module, path, setting.get('prefix') or '')


def require_start(start: Start) -> None:
    """Require that a file has the weights of its part: mmengine would only log what it lacks.

    Raises:
        CheckpointError: Less than nine tenths of the values are there.
    """
    checkpoint = start.read()
    found = checkpoint.get('state_dict', checkpoint)
    found = {key.removeprefix('module.'): value for key, value in found.items()}
    if start.prefix:
        found = without_prefix(found, start.prefix.rstrip('.') + '.')
    wanted = start.module.state_dict()
    share = share_of(found, wanted)
    if share < LEAST:
        raise CheckpointError(
            f'{start.path} has {share:.0%} of the weights of {start.name} '
            f'({type(start.module).__name__}): {misfits(found, wanted, extra=False)}. Of a bridge '
            'network, publish a branch with publish_backbone.py; of another whole model, name the '
            "part: init_cfg=dict(type='Pretrained', checkpoint=FILE, prefix='backbone.')"
        )


def share_of(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> float:
    """Return what share of a network's values weights have, 0 to 1."""
    total = sum(weight.numel() for weight in wanted.values())
    there = sum(weight.numel() for name, weight in wanted.items() if fits(found, name, weight))
    return there / max(total, 1)
