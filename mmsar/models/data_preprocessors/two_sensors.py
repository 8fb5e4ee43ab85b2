"""Stacking chips of two sensors."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmsar.errors import DataError
from mmsar.registry import MODELS


@MODELS.register_module()
class TwoSensorsPreprocessor(BaseDataPreprocessor):
    """Moves chips to the device, stacks them, and maps [0, 1] to [-1, 1].

    Args:
        non_blocking: As in mmengine.
    """

    def forward(self, data: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        """Stack.

        Args:
            data: ``inputs``: ``img_content`` and ``img_style``, each N tensors (1, H, W) in
                [0, 1]; ``labels``, if there are classes: ``content`` and ``style``, N numbers.
            training: Not looked at.

        Returns:
            ``inputs``: ``img_content`` and ``img_style``, (N, 1, H, W), float32, in [-1, 1];
            ``labels``: (N,) each, or None.

        Raises:
            DataError: The chips of a batch differ in size, or values are not in [0, 1].
        """
        data = self.cast_data(data)
        inputs = {name: _stack(list(images)) for name, images in data['inputs'].items()}
        labels = data.get('labels')
        if labels is not None:
            device = next(iter(inputs.values())).device
            labels = {name: torch.as_tensor(found, device=device) for name, found in labels.items()}
        return {'inputs': inputs, 'labels': labels}


def _stack(images: list[Tensor]) -> Tensor:
    shapes = sorted({tuple(image.shape) for image in images})
    if len(shapes) > 1 or shapes[0][0] != 1:
        raise DataError(
            'a batch has chips of (channels, rows, columns) '
            f'{", ".join(map(str, shapes))}: they must have one size and one channel; add '
            "dict(type='mmsar.CentreCropOrPad', size=N) to the pipeline of the data set"
        )
    stacked = torch.stack(images).float()
    low, high = (float(end) for end in torch.aminmax(stacked))
    if not (low >= 0 and high <= 1):
        raise DataError(
            f'chips have values from {low:g} to {high:g}; they must be in [0, 1]: set '
            'out=(0.0, 1.0) of StretchSAR in the pipeline of the data set'
        )
    return 2 * stacked - 1
