"""Stacking images to be restored."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor
from torch.nn import functional

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS


@MODELS.register_module()
class RestorationPreprocessor(BaseDataPreprocessor):
    """Move images to the device and stack them; their values stay as they are.

    mmagic's ``DataPreprocessor`` thinks in 8 bits: it cuts results at 0 and 255, and takes the
    padding of the input off the output, which is wrong where the output is larger. Here the range
    is that of ``StretchSAR`` in the pipeline, in float32.

    Images of different sizes, and sizes that are no multiple of ``pad_size_divisor``, are filled up
    at the lower right by repeating the border; :class:`mmsar.RadarRestorer` takes the same share
    off its output. A batch for training has images of one size.

    Args:
        pad_size_divisor: Networks of mmagic that need a multiple of something (Restormer: 8).
        non_blocking: As in mmengine.

    Raises:
        ConfigError: The divisor is no number above zero.
    """

    def __init__(self, pad_size_divisor: int = 1, non_blocking: bool = False) -> None:
        super().__init__(non_blocking)
        if not (isinstance(pad_size_divisor, int) and pad_size_divisor > 0):
            raise ConfigError(
                f'RestorationPreprocessor: pad_size_divisor={pad_size_divisor!r}; it must be a '
                'whole number above zero'
            )
        self.pad_size_divisor = pad_size_divisor

    def forward(self, data: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        """Stack.

        Args:
            data: ``inputs``, (N, C, H, W) or N tensors (C, H, W); ``data_samples``, N of mmagic's
                ``DataSample``, may be missing.
            training: The images must have one size, and so must the truths.

        Returns:
            ``inputs``: (N, C, H, W), float32; ``data_samples`` with ``input_size``, (rows, columns)
            of each before it was filled up.

        Raises:
            DataError: Images differ in their channels, or in training in their size.
        """
        data = self.cast_data(data)
        images, samples = list(data['inputs']), data.get('data_samples')
        sizes = [tuple(image.shape[-2:]) for image in images]
        channels = {image.shape[0] for image in images}
        if len(channels) > 1 or (training and len(set(sizes)) > 1):
            shapes = ', '.join(sorted({str(tuple(image.shape)) for image in images}))
            raise DataError(
                f'a batch has images of different shapes (channels, rows, columns): {shapes}; set '
                "channels of LoadSARImage, and crop with dict(type='mmsar.ScaledPairCrop') in the "
                'pipeline of the config'
            )
        for sample, size in zip(samples or [], sizes, strict=False):
            sample.set_metainfo({'input_size': size})
        return {'inputs': self._stack(images, sizes), 'data_samples': samples}

    def _stack(self, images: list[Tensor], sizes: list[tuple[int, ...]]) -> Tensor:
        divisor = self.pad_size_divisor
        rows, columns = (-(-max(side) // divisor) * divisor for side in zip(*sizes, strict=True))
        filled = [
            functional.pad(
                image[None].float(),
                (0, columns - image.shape[-1], 0, rows - image.shape[-2]),
                mode='replicate',
            )
            for image in images
        ]
        return torch.cat(filled)
