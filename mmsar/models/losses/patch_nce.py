"""The contrastive loss of CUT."""

import torch
from torch import Tensor
from torch.nn import functional

# What the published code puts where a patch would be its own negative, before the temperature.
_NOT_A_NEGATIVE = -10.0


def patch_nce(queries: Tensor, keys: Tensor, temperature: float = 0.07) -> Tensor:
    """Return how badly each patch of an output finds its own place among patches of the input.

    The cross-entropy of P candidates: the patch of the input at the same place, and the others of
    the same image. Keys need no gradient and get none. As in the published code, the place where a
    patch would be its own negative holds -10, divided by the temperature: next to nothing.

    Source: Contrastive Learning for Unpaired Image-to-Image Translation, arXiv 2007.15651,
    equation 3.

    Args:
        queries: Vectors of length 1 of the output, (N, P, C).
        keys: Of the input, likewise.
        temperature: Of the cross-entropy.

    Returns:
        (N, P).
    """
    keys = keys.detach()
    positive = (queries * keys).sum(dim=-1, keepdim=True)
    negative = queries @ keys.transpose(1, 2)
    itself = torch.eye(negative.shape[1], dtype=torch.bool, device=negative.device)
    negative = negative.masked_fill(itself, _NOT_A_NEGATIVE)
    logits = torch.cat([positive, negative], dim=-1) / temperature
    wanted = logits.new_zeros(logits.shape[:2], dtype=torch.long)
    return functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction='none').view(
        wanted.shape
    )
