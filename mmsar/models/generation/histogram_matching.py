"""A simple way to another sensor: its distribution of values."""

from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.models.generation.migrated import Migrated, require_images
from mmsar.registry import MODELS


@MODELS.register_module()
class HistogramMatching(BaseModel):
    """Gives each image the distribution of values of the references; a baseline for migration.

    The value of rank k becomes the quantile k of all references together. Resolution, speckle and
    sidelobes stay what they are. Nothing is trained.

    Args:
        data_preprocessor: As in mmengine.
        init_cfg: As in mmengine.
    """

    def __init__(self, data_preprocessor: Any = None, init_cfg: Any = None) -> None:
        super().__init__(data_preprocessor, init_cfg)

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Migrated:
        """Migrate ``content`` to ``style``; see :meth:`migrate`."""
        return self.migrate(inputs['content'], inputs['style'])

    @torch.no_grad()
    def migrate(self, contents: Tensor, styles: Tensor) -> Migrated:
        """Match the histograms of contents, (N, 1, H, W), to that of references, (S, 1, H, W).

        Raises:
            DataError: Sizes differ, or values are not in [0, 1].
        """
        require_images(contents, styles)
        return Migrated.without_losses(match_histograms(contents, styles))


def match_histograms(contents: Tensor, styles: Tensor) -> Tensor:
    """Give each content the distribution of values of all references together.

    Args:
        contents: (N, 1, H, W).
        styles: (S, 1, H, W).
    """
    flat = contents.flatten(1)
    values = styles.flatten().sort().values
    # Equal values get equal ranks, the middle of theirs.
    ordered = flat.sort(dim=1).values
    first, last = (torch.searchsorted(ordered, flat, right=right) for right in (False, True))
    place = (first + last).to(flat) / (2 * flat.shape[1]) * len(values) - 0.5
    place = place.clamp(0, len(values) - 1)
    below = place.floor().long()
    above = (below + 1).clamp(max=len(values) - 1)
    matched = torch.lerp(values[below], values[above], place - below)
    return matched.view_as(contents)
