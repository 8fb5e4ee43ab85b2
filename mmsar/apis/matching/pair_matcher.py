"""Optical-SAR matching with a trained bridge network."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.matching.location import Location
from mmsar.apis.matching.pair_loading import PairLoader, batches, collate
from mmsar.engine.hooks.check_weights import require_all_weights
from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.pairs.threshold import require_threshold
from mmsar.io import Window, open_raster
from mmsar.models.matching.search import distance_map

PathLike = str | os.PathLike[str]

_PUBLISHED_THRESHOLD = 0.38


@dataclass(frozen=True, eq=False)
class PairScores:
    """Verdict on pairs.

    Attributes:
        distances: (N,), from 0 (alike) to 1.
        matches: (N,), whether the distance is at most the threshold.
        threshold: See there.
    """

    distances: NDArray[np.float32]
    matches: NDArray[np.bool_]
    threshold: float


class PairMatcher:
    """Judges whether radar and optical images show the same ground, and finds one in the other.

    Images pass through the test pipeline and the data preprocessor of the config.

    Args:
        config: Config file or its content.
        checkpoint: Checkpoint of the network, a work folder with one, or a URL.
        device: Of the network, such as ``cuda``.
        threshold: Pairs with a distance up to this, from 0 to 1, match. Default: that of the
            config's :class:`mmsar.evaluation.MatchingMetric`, or 0.38 if it has no number there.

    Raises:
        ConfigError: The config is not that of a bridge network, there is no checkpoint or no such
            device, or the threshold is out of range.
        CheckpointError: The checkpoint is unreadable or of another model.
    """

    def __init__(
        self,
        config: PathLike | Config,
        checkpoint: PathLike,
        device: str = 'cpu',
        threshold: float | None = None,
    ) -> None:
        from mmengine.registry import MODELS, init_default_scope
        from mmengine.runner import CheckpointLoader

        self.config = config if isinstance(config, Config) else load_config(Path(config))
        given = _threshold(self.config) if threshold is None else threshold
        self.threshold = require_threshold(given, 'PairMatcher')
        target = require_device(device)
        init_default_scope(self.config.get('default_scope', 'mmsar'))
        self.model = MODELS.build(self.config.model)
        if not (hasattr(self.model, 'sar_branch') and hasattr(self.model, 'optical_branch')):
            raise ConfigError(
                f'the model of the config is {type(self.model).__name__}, without sar_branch and '
                'optical_branch; pairs are matched by mmsar.BridgeNetwork'
            )
        source = find_checkpoint(str(checkpoint))
        weights = CheckpointLoader.load_checkpoint(source, map_location='cpu')
        self.model.load_state_dict(require_all_weights(self.model, weights, source))
        self.model.to(target).eval()
        self.loader = PairLoader(self.config)

    @torch.no_grad()
    def score_pairs(
        self,
        sar_paths: Sequence[PathLike],
        optical_paths: Sequence[PathLike],
        batch_size: int = 16,
    ) -> PairScores:
        """Compare each radar image with the optical image at its place in the other list.

        Args:
            sar_paths: N files.
            optical_paths: N files.
            batch_size: Pairs at a time.

        Raises:
            DataError: The lists differ in length, the images of a pair in size, or an image cannot
                be read.
        """
        if len(sar_paths) != len(optical_paths):
            raise DataError(
                f'{len(sar_paths)} radar images and {len(optical_paths)} optical images; give one '
                'of each a pair'
            )
        paths = zip(sar_paths, optical_paths, strict=True)
        distances = [
            float(sample.distance)
            for batch in batches((self.loader.load(*pair) for pair in paths), batch_size)
            for sample in self.model.test_step(batch)
        ]
        # In double precision, as the metric compares them
        matches = np.array(distances, np.float64) <= self.threshold
        return PairScores(np.array(distances, np.float32), matches, self.threshold)

    @torch.no_grad()
    def locate(
        self,
        sar_chip: PathLike,
        optical_image: PathLike,
        stride: int | None = None,
        tile: int = 2048,
        halo: int = 384,
        progress: Callable[[int, int], None] | None = None,
    ) -> Location:
        """Compare a radar chip with each window of its size in a larger optical image.

        The large image is read and computed by tiles, so its size does not matter. Features of a
        tile are computed once, and the head is applied to all windows of them together. A window
        cut out of the image would be surrounded by zeros in each convolution; here its
        neighbourhood stands in their place, so distances differ a little from those of
        :meth:`score_pairs`.

        Both images must have the same pixel spacing and orientation.

        Args:
            sar_chip: File.
            optical_image: File, no smaller than the chip.
            stride: Between windows, in pixels: a multiple of the backbone's stride (32 for most,
                and the default), or a part of it: 8 in place of 32 takes 4 x 4 passes over the
                image, each shifted by 8 pixels.
            tile: Rows and columns of the part of the image whose windows are computed at a time.
            halo: Margin around it that is computed as well. From half the receptive field on (241
                pixels for ResNet-50), tiles change nothing.
            progress: Called with the number of tiles that are done, and that of all.

        Raises:
            ConfigError: The pipeline resizes images, or the stride does not fit the network.
            DataError: An image cannot be read, or the chip is larger than the image.
        """
        with open_raster(optical_image) as raster:
            pair = self.loader.open(sar_chip, raster)

            def inputs(window: Window) -> Any:
                batch = collate([pair.load(window)])
                return self.model.data_preprocessor(batch, False)['inputs']

            size = raster.meta.shape[:2]
            chip = inputs(Window(0, 0, 1, 1))['sar']
            distances, stride = distance_map(
                self.model,
                chip,
                lambda window: inputs(window)['optical'],
                size,
                stride,
                tile,
                halo,
                progress,
            )
        return Location(distances, stride, (int(chip.shape[2]), int(chip.shape[3])))


def _threshold(config: Config) -> float:
    """Return the threshold of the config's metric, or the published one."""
    evaluators = config.get('test_evaluator') or []
    for evaluator in evaluators if isinstance(evaluators, list | tuple) else [evaluators]:
        value = evaluator.get('threshold')
        if isinstance(value, int | float):
            return value
    return _PUBLISHED_THRESHOLD
