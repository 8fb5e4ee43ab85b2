"""All pairs that the images of a batch make."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmsar.structures import PairSample


def pairs_of_batch(samples: Sequence[PairSample]) -> tuple[Tensor, Tensor]:
    """Say which of all pairs of a SAR and an optical image match, and which are to be compared.

    Args:
        samples: N, with ``sar_id`` and ``optical_id``; with ``sar_group`` and ``optical_group``,
            their scenes, if these are known.

    Returns:
        (N, N) twice, bool, SAR images down and optical images across: which match; which count:
        matches, and pairs that are not of one scene, since those may share ground.
    """
    match = _equal(samples, 'id')
    known = np.array([sample.get('sar_group') is not None for sample in samples])
    same_scene = _equal(samples, 'group') & known[:, None]
    return torch.from_numpy(match), torch.from_numpy(match | ~same_scene)


def _equal(samples: Sequence[PairSample], field: str) -> np.ndarray:
    sar, optical = (
        np.array([str(sample.get(f'{view}_{field}')) for sample in samples])
        for view in ('sar', 'optical')
    )
    return sar[:, None] == optical
