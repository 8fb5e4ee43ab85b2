"""Normalising and stacking optical-SAR pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS

BRANCHES = ('sar', 'optical')


class ImageNormaliser(nn.Module):
    """Stack the images of one branch and subtract a mean, divide by a standard deviation.

    Args:
        mean: One value, or one a channel (red, green, blue), on the scale of the images: 0 to 255.
            Default: no normalisation.
        std: Likewise.
        channels: Number of channels that the network gets; an image with one is repeated. None:
            as the images have it.
        name: Where it stands, for messages.

    Raises:
        ConfigError: The arguments do not fit one another.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        channels: int | None = 3,
        name: str = 'image',
    ) -> None:
        super().__init__()
        if (mean is None) != (std is None):
            raise ConfigError(f'data_preprocessor.{name}: give both mean and std, or neither')
        self.channels = channels
        self.name = name
        # Read by CheckNormalisationHook, as in mmengine's preprocessors.
        self._enable_normalize = mean is not None
        if mean is None or std is None:
            return
        for key, values in (('mean', mean), ('std', std)):
            if len(values) not in (1, channels or len(mean)):
                raise ConfigError(
                    f'data_preprocessor.{name}.{key}={list(values)}: give 1 value or '
                    f'{channels or len(mean)}, one a channel'
                )
        if not all(value > 0 for value in std):
            raise ConfigError(f'data_preprocessor.{name}.std={list(std)} is not above zero')
        # Settings of the config, not weights.
        for key, values in (('mean', mean), ('std', std)):
            buffer = torch.tensor(list(values), dtype=torch.float32).view(-1, 1, 1)
            self.register_buffer(key, buffer, persistent=False)

    def forward(self, images: Tensor | Sequence[Tensor], paths: Sequence[Any] = ()) -> Tensor:
        """Stack and normalise.

        Args:
            images: (N, C, H, W), or N tensors (C, H, W); any type of number, 0 to 255.
            paths: Their files, for messages.

        Returns:
            (N, channels, H, W), float32.

        Raises:
            DataError: The images differ in size, or an image has another number of channels.
        """
        matched = [self._match_channels(image, n, paths) for n, image in enumerate(images)]
        sizes = [tuple(image.shape) for image in matched]
        for number, size in enumerate(sizes):
            if size != sizes[0]:
                raise DataError(
                    f'a batch has {self.name} images of different sizes (channels, rows, columns): '
                    f'{sizes[0]}{_of(paths, 0)} and {size}{_of(paths, number)}; resize or crop '
                    'them in the pipeline of the config'
                )
        # Grey images are stacked as they are, and repeated by the normalisation.
        grey = all(image.shape[0] == 1 for image in images)
        batch = torch.stack(list(images) if grey else matched).float()
        batch = batch.expand(-1, sizes[0][0], -1, -1)
        if not self._enable_normalize:
            return batch.contiguous()
        return (batch - self.mean).div_(self.std)

    def _match_channels(self, image: Tensor, number: int, paths: Sequence[Any]) -> Tensor:
        if image.ndim != 3:
            raise DataError(
                f'{self.name} image{_of(paths, number)} has shape {tuple(image.shape)}; '
                'channels, rows and columns are wanted'
            )
        if self.channels in (None, image.shape[0]):
            return image
        if image.shape[0] == 1:
            return image.expand(self.channels, -1, -1)
        raise DataError(
            f'{self.name} image{_of(paths, number)} has {image.shape[0]} channels where '
            f'data_preprocessor.{self.name}.channels={self.channels}; set '
            f"dict(type='mmsar.LoadSARImage', key='{self.name}', channels={self.channels}) in the "
            'pipeline, or choose bands there'
        )


@MODELS.register_module()
class PairDataPreprocessor(BaseDataPreprocessor):
    """Move a batch of optical-SAR pairs to the device, stack and normalise each branch.

    Args:
        sar: Arguments of :class:`ImageNormaliser` for the SAR images: ``mean``, ``std``,
            ``channels``.
        optical: Likewise.
        non_blocking: As in mmengine.
    """

    def __init__(
        self,
        sar: Mapping[str, Any] | None = None,
        optical: Mapping[str, Any] | None = None,
        non_blocking: bool = False,
    ) -> None:
        super().__init__(non_blocking)
        self.sar = ImageNormaliser(**(sar or {}), name='sar')
        self.optical = ImageNormaliser(**(optical or {}), name='optical')

    def forward(self, data: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        """Preprocess a batch.

        Args:
            data: ``inputs`` maps ``sar`` and ``optical`` (or one of them) to a tensor
                (N, C, H, W) or N tensors (C, H, W); ``data_samples``, N of
                :class:`mmsar.structures.PairSample`, may be missing.
            training: Makes no difference.

        Returns:
            The same, each of the inputs a tensor (N, C, H, W), float32, on the device.

        Raises:
            DataError: A branch is unknown, or its images cannot be stacked.
        """
        data = self.cast_data(data)
        inputs, samples = data['inputs'], data.get('data_samples')
        if not isinstance(inputs, Mapping) or not set(inputs) <= set(BRANCHES):
            keys = sorted(inputs) if isinstance(inputs, Mapping) else type(inputs).__name__
            raise DataError(
                f'the inputs of a batch are {keys}; {" and ".join(BRANCHES)} are wanted: end the '
                "pipeline with dict(type='mmsar.PackPair')"
            )
        stacked = {}
        for branch, images in inputs.items():
            paths = [sample.get(f'{branch}_path') for sample in samples or []]
            stacked[branch] = getattr(self, branch)(images, paths)
        return {'inputs': stacked, 'data_samples': samples}

    def for_module(self, name: str) -> tuple[ImageNormaliser, str] | None:
        """Return the normalisation before a part of the model, and its name; None: there is none.

        Args:
            name: Of the part, such as ``sar_branch.backbone``.
        """
        branch = name.split('.')[0].removesuffix('_branch')
        return (getattr(self, branch), branch) if branch in BRANCHES else None


def _of(paths: Sequence[Any], number: int) -> str:
    return f' ({paths[number]})' if number < len(paths) and paths[number] else ''
