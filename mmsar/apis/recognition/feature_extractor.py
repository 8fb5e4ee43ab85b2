"""Features of chips by a trained backbone."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from torch import Tensor

from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.recognition.encoders import (
    build_backbone,
    build_preprocessor,
    load_backbone,
    pooled,
)
from mmsar.apis.recognition.loading import ChipLoader, PathLike, batches
from mmsar.errors import DataError


class FeatureExtractor:
    """Turns chips into vectors with the backbone of a config.

    Images pass through the test pipeline and the data preprocessor of the config.

    Args:
        config: Config file of a classifier, such as those of ``configs/saratrx``, or its content.
        checkpoint: Weights of the backbone: a checkpoint of pre-training or of a classifier, a work
            folder with one, or what ``tools/model_converters/saratrx.py --part backbone`` writes.
            Every weight must be there.
        device: Of the network, such as ``cuda``.
        pool: ``mean`` of all tokens of the last stage, or ``grid``: all of them, with their places.
        norm: Normalise each token, or the mean of them, to mean 0 and variance 1 over its values,
            as ``fc_norm`` of a classifier does before it is trained.
        fields: See :class:`mmsar.apis.recognition.loading.ChipLoader`.

    Raises:
        ConfigError: The config has no backbone or no test pipeline, there is no checkpoint or no
            such device.
        CheckpointError: The checkpoint is unreadable, or lacks a weight.

    Example::

        extractor = FeatureExtractor(config, 'epoch_120.pth')
        features = extractor(['a.png', 'b.png'])      # (2, 384)
        features = extractor([array])                 # (H, W), values as in a file
    """

    def __init__(
        self,
        config: PathLike | Config,
        checkpoint: PathLike,
        device: str = 'cpu',
        pool: str = 'mean',
        norm: bool = False,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        from mmengine.registry import init_default_scope

        self.config = config if isinstance(config, Config) else load_config(Path(config))
        self.pool = pool
        self.norm = norm
        target = require_device(device)
        init_default_scope(self.config.get('default_scope', 'mmpretrain'))
        self.loader = ChipLoader(self.config, fields)
        self.backbone = build_backbone(self.config)
        load_backbone(self.backbone, find_checkpoint(str(checkpoint)))
        self.backbone.to(target)
        self.preprocessor = build_preprocessor(self.config).to(target)

    def __call__(
        self,
        images: Sequence[PathLike | NDArray[Any]],
        batch_size: int = 32,
        done: Callable[[int], None] | None = None,
    ) -> NDArray[np.float32]:
        """Return features (N, D) of files or arrays, see :class:`ChipLoader`.

        Args:
            images: N files, or arrays (H, W) or (H, W, C), also mixed.
            batch_size: Images at a time.
            done: Called with the number of images of each batch that is done.

        Raises:
            DataError: An image cannot be read; or with ``pool='grid'`` they do not come to one
                size.
        """
        found = []
        for batch in batches((self.loader.load(image) for image in images), batch_size):
            found.append(self.encode(batch).cpu().numpy())
            if done is not None:
                done(len(found[-1]))
        widths = sorted({part.shape[1] for part in found})
        if len(widths) > 1:
            raise DataError(
                f'the images have vectors of {widths[0]} to {widths[-1]} values, for they differ '
                "in size; put mmsar.ResizeChip into the test pipeline, or take pool='mean'"
            )
        return np.concatenate(found) if found else np.zeros((0, 0), np.float32)

    @torch.no_grad()
    def encode(self, batch: Any) -> Tensor:
        """Return features (N, D) of a batch of the test pipeline."""
        inputs = self.preprocessor(batch, False)['inputs']
        return flatten(pooled(self.backbone(inputs), self.pool), self.norm)


def flatten(tokens: Tensor, norm: bool) -> Tensor:
    """Return vectors (N, L * C) of tokens (N, L, C), each normalised or as it is; float32."""
    tokens = tokens.float()
    if norm:
        tokens = torch.nn.functional.layer_norm(tokens, tokens.shape[-1:], eps=1e-6)
    return tokens.flatten(1)
