"""A trained backbone that turns grey images into features, for figures of generation."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.models.frozen_backbone import build_backbone, load_backbone, pooled
from mmsar.models.weights import input_channels
from mmsar.simulation.bicubic import bicubic_tensor

PathLike = str | os.PathLike[str]


class FeatureNetwork:
    """Makes features (N, D) of grey images (N, H, W): the mean of the last level of a backbone.

    Images are cut to ``value_range``, mapped to ``input_range``, resized, repeated for each channel
    of the backbone and normalised. All weights must be there: features of random weights say
    nothing of images.

    Args:
        config: Config file of a network, or its content: its ``model.backbone`` is built, and its
            ``data_preprocessor`` says mean and deviation.
        checkpoint: Of the whole network or of the backbone. Default: the one that ``init_cfg`` of
            the backbone names.
        backbone: Config of a backbone, in place of ``config``.
        mean: Of the channels, in ``input_range``. Default: the config's, or 0.
        std: Likewise; or 1.
        size: Rows and columns for the network, an integer for squares. Default: those of the
            images. Steps of the config's pipeline are not followed.
        value_range: Of the images.
        input_range: That mean and deviation refer to; mmsar and mmpretrain take 0 to 255.
        batch_size: Images at a time.
        device: Such as ``cuda``.

    Raises:
        ConfigError: There is no backbone or no checkpoint, or an argument is out of range.
        CheckpointError: A weight is missing.
    """

    def __init__(
        self,
        config: PathLike | Config | None = None,
        checkpoint: PathLike | None = None,
        backbone: Mapping[str, Any] | None = None,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        size: int | Sequence[int] | None = None,
        value_range: tuple[float, float] = (0.0, 1.0),
        input_range: tuple[float, float] = (0.0, 255.0),
        batch_size: int = 32,
        device: str = 'cpu',
    ) -> None:
        if (config is None) == (backbone is None):
            raise ConfigError('features: give config=FILE, or backbone=dict(type=...)')
        for name, pair in (('value_range', value_range), ('input_range', input_range)):
            if len(pair) != 2 or not pair[0] < pair[1]:
                raise ConfigError(f'features: {name}={pair!r}; give lower, upper')
        whole = _read(config) if config is not None else _around(backbone or {})
        start = whole.get('model', {}).get('backbone', {}).get('init_cfg') or {}
        path = checkpoint or (start.get('checkpoint') if isinstance(start, Mapping) else None)
        if not path or not Path(path).expanduser().is_file():
            raise ConfigError(
                f'features: checkpoint={str(path) if path else None!r} is no file; give trained '
                'weights. Without, leave features out: random weights say nothing of images'
            )
        self.backbone = build_backbone(whole)
        load_backbone(self.backbone, Path(path).expanduser())
        self.channels = input_channels(self.backbone) or 1
        before = whole.model.get('data_preprocessor') or whole.get('data_preprocessor') or {}
        self.mean = self._of_channels('mean', mean or before.get('mean') or [0.0])
        self.std = self._of_channels('std', std or before.get('std') or [1.0])
        self.size = (size, size) if isinstance(size, int) else tuple(size) if size else None
        self.value_range, self.input_range = value_range, input_range
        self.batch_size, self.device = batch_size, device

    @torch.no_grad()
    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return features (N, D) of grey images (N, H, W) in ``value_range``."""
        self.backbone.to(self.device)
        low, high = self.value_range
        bottom, top = self.input_range
        found = []
        for start in range(0, len(images), self.batch_size):
            part = np.asarray(images[start : start + self.batch_size], np.float32)
            batch = torch.from_numpy(part)[:, None].to(self.device)
            batch = (batch.clamp(low, high) - low) * ((top - bottom) / (high - low)) + bottom
            if self.size is not None and self.size != tuple(batch.shape[-2:]):
                batch = bicubic_tensor(batch, (self.size[0], self.size[1])).clamp(bottom, top)
            batch = batch.expand(-1, self.channels, -1, -1)
            levels = self.backbone((batch - self.mean.to(batch)) / self.std.to(batch))
            found.append(pooled(levels, 'mean').flatten(1).float().cpu().numpy())
        return np.concatenate(found)

    def _of_channels(self, name: str, values: Sequence[float]) -> torch.Tensor:
        if len(values) not in (1, self.channels):
            raise ConfigError(
                f'features: {name}={list(values)} has {len(values)} values and the backbone '
                f'{self.channels} channels; give one value, or one for each'
            )
        return torch.tensor(list(values), dtype=torch.float32)[:, None, None]


def _around(backbone: Mapping[str, Any]) -> Config:
    """Return the config of a network that has just a backbone."""
    scope, dot, _ = str(backbone.get('type')).rpartition('.')
    scope = scope if dot else 'mmpretrain'
    return Config({'model': {'backbone': backbone}, 'default_scope': scope})


def _read(config: PathLike | Config) -> Config:
    if isinstance(config, Config):
        return config
    if not Path(config).is_file():
        raise ConfigError(f'features: config file {config} does not exist')
    try:
        return Config.fromfile(config)
    except Exception as error:  # a config is a program: it may raise anything
        raise ConfigError(
            f'features: config file {config} cannot be read: {type(error).__name__}: {error}'
        ) from error
