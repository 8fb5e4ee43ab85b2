"""The last step of a pair's pipeline."""

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from torch import Tensor

from mmsar.datasets.transforms.pair_crop import PAIR, require_equal_sizes
from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS
from mmsar.structures import PairSample

META = tuple(f'{key}_{field}' for key in PAIR for field in ('path', 'id', 'group'))


@TRANSFORMS.register_module()
class PackPair(BaseTransform):
    """Give both images as tensors (C, H, W) in their type, and what is known of them.

    Required: ``sar``, ``optical``, ``label``; optional the paths, ids and groups of both, and
    ``sizes_may_differ``, for a chip and a larger image. Result: ``inputs``, a dict with ``sar`` and
    ``optical``; ``data_samples``, a :class:`mmsar.structures.PairSample`.

    Raises:
        ConfigError: A patch was not cut out.
        DataError: The images differ in size.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack."""
        if 'sar_window' in results:
            raise ConfigError(
                'the data set takes its images apart (patch=...), but the pipeline does not cut '
                "the patches out: add dict(type='mmsar.PairCrop') before PackPair"
            )
        if not results.get('sizes_may_differ'):
            require_equal_sizes(results)
        sample = PairSample(metainfo={name: results[name] for name in META if name in results})
        sample.label = torch.tensor(results['label'])
        return {'inputs': {key: _to_tensor(results[key]) for key in PAIR}, 'data_samples': sample}

    def __repr__(self) -> str:
        return 'PackPair()'


def _to_tensor(image: np.ndarray[Any, Any]) -> Tensor:
    # PyTorch moves the channels several times faster than numpy does.
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).contiguous()
