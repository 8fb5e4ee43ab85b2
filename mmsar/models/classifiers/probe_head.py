"""The head of SARATR-X's classifiers."""

from collections.abc import Sequence
from typing import Any

from mmpretrain.models.heads import LinearClsHead
from torch import Tensor, nn

# Of the batch normalisation, and of the first weights; published.
BATCH_NORM_EPS = 1e-6
WEIGHT_STD = 0.01


class ProbeHead(LinearClsHead):
    """A linear head behind a batch normalisation without weights (He et al., arXiv 2111.06377).

    Args:
        num_classes: Classes.
        in_channels: Values an image.
        batch_norm: Normalise. SARATR-X does where it probes.
        init_cfg: As in mmengine. Default: a truncated normal distribution, 0.01 wide.
        **kwargs: See :class:`mmpretrain.models.LinearClsHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        batch_norm: bool = True,
        init_cfg: Any = None,
        **kwargs: Any,
    ) -> None:
        default = {'type': 'TruncNormal', 'layer': 'Linear', 'std': WEIGHT_STD}
        super().__init__(num_classes, in_channels, init_cfg=init_cfg or default, **kwargs)
        self.norm = (
            nn.BatchNorm1d(in_channels, eps=BATCH_NORM_EPS, affine=False)
            if batch_norm
            else nn.Identity()
        )

    def pre_logits(self, feats: Sequence[Tensor]) -> Tensor:
        """Return what the linear layer gets, (N, in_channels)."""
        return self.norm(feats[-1])
