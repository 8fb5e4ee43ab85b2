"""The loss of the bridge network."""

import torch
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.registry import MODELS


@MODELS.register_module()
class BridgeLoss(nn.Module):
    """Regress the distance of a matching pair to 0 and that of any other pair to 1.

    ``(l_p + alpha * l_n) / (1 + alpha)``, where l_p is the mean of d^2 over the matching pairs and
    l_n the mean of (d - 1)^2 over the others: equations 2 to 4 of Xu et al., Task-Driven Common
    Representation Learning via Bridge Neural Network, AAAI 2019, arXiv 1906.10897, and of the
    paper on optical-SAR interpretation (2021).

    The means are over the global batch: pairs are counted over all processes, whose gradients
    mmengine averages, so several processes do what one does. A batch without one of the two kinds
    has 0 for its term. (The published code divides by the count + 1e-5.)

    Args:
        alpha: Weight of the pairs that do not match.

    Raises:
        ConfigError: ``alpha`` is negative.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        if not alpha >= 0:
            raise ConfigError(f'BridgeLoss: alpha={alpha}; give a number from 0')
        self.alpha = alpha

    def forward(
        self, distance: Tensor, label: Tensor, counted: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the loss.

        Args:
            distance: Of any shape.
            label: The same shape, 1 for a match, 0 for none.
            counted: The same shape, False for pairs to leave out. Default: all count.

        Returns:
            Loss, l_p and l_n, scalars. With w processes, w times this process's share of each: the
            mean over the processes is the value of the global batch.
        """
        match = label.to(distance.device) > 0.5
        other = ~match
        if counted is not None:
            match, other = match & counted, other & counted
        counts = torch.stack([match.sum(), other.sum()])
        all_reduce(counts)
        # Sums over a mask, not over a selection: nothing waits for the GPU.
        squares = torch.stack([distance.square() * match, (distance - 1).square() * other])
        squares = squares.flatten(1)
        scale = get_world_size() / counts.clamp(min=1).to(distance.dtype)
        match_term, nonmatch_term = (squares.sum(dim=1) * scale).unbind()
        loss = (match_term + self.alpha * nonmatch_term) / (1 + self.alpha)
        return loss, match_term, nonmatch_term
