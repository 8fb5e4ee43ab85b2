"""The last step of a pipeline of images with prompts."""

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmsar.errors import ConfigError, DataError
from mmsar.registry import TRANSFORMS
from mmsar.structures import PromptedImage


@TRANSFORMS.register_module()
class PackPrompted(BaseTransform):
    """Give the image as a tensor (1, H, W), and what is known of it.

    Required: ``img``, (H, W, 1), in [0, 1]; ``prompt``. Optional: ``gt_label``, ``img_path``.
    Result: ``inputs``; ``data_samples``, a :class:`mmsar.structures.PromptedImage`.

    Raises:
        ConfigError: There is no prompt.
        DataError: The image has several channels, or values outside [0, 1].
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack."""
        image, path = results['img'], results.get('img_path')
        if 'prompt' not in results:
            raise ConfigError("add dict(type='mmsar.SARPrompt') before PackPrompted")
        if image.shape[2] != 1:
            raise DataError(
                f'{path} has {image.shape[2]} channels; set channels=1 of LoadSARImage, or choose '
                'one with bands'
            )
        low, high = float(image.min()), float(image.max())
        if not (low >= 0 and high <= 1):  # also where a value is not a number
            raise DataError(
                f'{path} has values from {low:g} to {high:g}; set out=(0, 1) of StretchSAR, and '
                'clip=(0, 1) of ResizeChip'
            )
        sample = PromptedImage(metainfo={'img_path': path})
        sample.prompt = results['prompt']
        sample.label = results.get('gt_label')
        tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).contiguous()
        return {'inputs': tensor, 'data_samples': sample}

    def __repr__(self) -> str:
        return 'PackPrompted()'
