"""Normalising images whose channels are a SAR and an optical image of the same ground."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.models.data_preprocessors.pair import BRANCHES, ImageNormaliser
from mmsar.registry import MODELS


@MODELS.register_module()
class StackedViewsPreprocessor(BaseDataPreprocessor):
    """Normalise the channels of each view by its own mean and standard deviation.

    The host toolbox's own preprocessor then does what it does for one image: padding (with zeros,
    which is the mean), stacking, boxes, batch augmentations. Those of mmdet and mmpretrain know
    only one mean and standard deviation for one or three channels.

    Args:
        host: Config of the host's preprocessor, without mean, std and an exchange of channels:
            ``dict(type='mmdet.DetDataPreprocessor', pad_size_divisor=32)``.
        sar: ``mean``, ``std`` and ``channels`` (default 3) of the SAR image, see
            :class:`mmsar.models.data_preprocessors.ImageNormaliser`.
        optical: Likewise.
        batch_augments: Handed on to the host, if given.
        non_blocking: As in mmengine.

    Raises:
        ConfigError: The host would normalise as well, or exchange channels.
    """

    def __init__(
        self,
        host: Mapping[str, Any],
        sar: Mapping[str, Any] | None = None,
        optical: Mapping[str, Any] | None = None,
        batch_augments: Any = None,
        non_blocking: bool = False,
    ) -> None:
        super().__init__(non_blocking)
        for name in ('mean', 'std', 'bgr_to_rgb', 'rgb_to_bgr', 'to_rgb'):
            if host.get(name):
                raise ConfigError(
                    f'data_preprocessor.host.{name} is of one image: set mean and std in '
                    'data_preprocessor.sar and .optical; mmsar.LoadSARImage gives red, green, blue'
                )
        more = {'batch_augments': batch_augments} if batch_augments else {}
        self.host = MODELS.build({**host, **more})
        self.sar = ImageNormaliser(**(sar or {}), name='sar')
        self.optical = ImageNormaliser(**(optical or {}), name='optical')
        if None in (self.sar.channels, self.optical.channels):
            raise ConfigError('data_preprocessor: give channels of sar and of optical, 1 or 3')

    @property
    def channels(self) -> int:
        """Channels of both views together."""
        return sum(getattr(self, name).channels for name in BRANCHES)

    def forward(self, data: Mapping[str, Any], training: bool = False) -> Any:
        """Preprocess a batch.

        Args:
            data: ``inputs``, N tensors (C, H, W) or one (N, C, H, W), any type of number, 0 to 255:
                first the channels of the SAR image, then those of the optical one; and
                ``data_samples``.
            training: Handed on to the host.

        Returns:
            What the host's preprocessor returns.

        Raises:
            DataError: An image has another number of channels.
        """
        data = self.cast_data(data)
        images = data['inputs']
        samples = data.get('data_samples') or [None] * len(images)
        inputs = [self._normalise(*pair) for pair in zip(images, samples, strict=True)]
        if isinstance(images, Tensor):
            return self.host({**data, 'inputs': torch.stack(inputs)}, training)
        return self.host({**data, 'inputs': inputs}, training)

    def for_module(self, name: str) -> tuple[ImageNormaliser, str] | None:
        """Return the normalisation before a part of the model, and its name; None: there is none.

        Args:
            name: Of the part, such as ``backbone.sar``.
        """
        branch = next((part for part in name.split('.') if part in BRANCHES), None)
        return None if branch is None else (getattr(self, branch), branch)

    def _normalise(self, image: Tensor, sample: Any) -> Tensor:
        if image.ndim != 3 or image.shape[0] != self.channels:
            path = getattr(sample, 'img_path', None)
            raise DataError(
                f'an image{f" ({path})" if path else ""} has shape {tuple(image.shape)}; '
                f'{self.sar.channels} channels of the SAR image and {self.optical.channels} of the '
                "optical one are wanted: load both and stack them, dict(type='mmsar.StackViews'), "
                'or set channels in data_preprocessor.sar and .optical'
            )
        sar, optical = image[: self.sar.channels], image[self.sar.channels :]
        return torch.cat([_first(self.sar, sar), _first(self.optical, optical)])


def _first(normalise: ImageNormaliser, image: Tensor) -> Tensor:
    images: Sequence[Tensor] = [image]
    return normalise(images)[0]
