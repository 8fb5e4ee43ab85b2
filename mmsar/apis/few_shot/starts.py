"""What few-shot classifiers stand on: trained backbones, and what they are compared with."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import layer_norm

from mmsar.apis.few_shot.feature_cache import cached_features, digest, features_key, joined
from mmsar.apis.recognition.encoders import (
    build_backbone,
    build_preprocessor,
    load_backbone,
    pooled,
    timm_encoder,
)
from mmsar.apis.recognition.loading import batches, test_pipeline
from mmsar.apis.recognition.sets import ChipSet
from mmsar.errors import ConfigError

PIXELS = 'pixels'
CORRELATION = 'correlation'
RANDOM = 'random'
_TIMM = 'timm-'


@dataclass(frozen=True)
class Start:
    """What turns chips into features.

    Attributes:
        name: In tables.
        kind: ``weights``, ``random``, ``pixels``, ``correlation`` or ``timm``.
        path: Of its weights.
    """

    name: str
    kind: str
    path: str | None = None

    @property
    def pools(self) -> tuple[str, ...] | None:
        """Return the only ways to pool, or None for any."""
        return (PIXELS,) if self.kind in (PIXELS, CORRELATION) else None


def require_starts(weights: Sequence[str], baselines: Sequence[str]) -> tuple[list[Start], str]:
    """Read ``NAME=FILE`` of ``--weights``, and ``--baseline``.

    Returns:
        The starts, and a message about those that are skipped, for they lack their file.

    Raises:
        ConfigError: A name is given twice or is no plain word, a file of ``--weights`` does not
            exist, or there is no such baseline.
    """
    starts, skipped = [], []
    for text in weights:
        name, _, path = text.partition('=')
        if not path or not Path(path).is_file():
            raise ConfigError(f'--weights {text}: give NAME=FILE, a file that exists')
        starts.append(Start(name, 'weights', path))
    for text in baselines:
        name, _, path = text.partition('=')
        if name in (PIXELS, CORRELATION, RANDOM) and not path:
            starts.append(Start(name, name))
        elif not name.startswith(_TIMM):
            raise ConfigError(
                f'--baseline {text}: choose {RANDOM}, {PIXELS}, {CORRELATION}, or '
                f'{_TIMM}NAME=FILE, such as {_TIMM}resnet50=resnet50.safetensors'
            )
        elif not path or not Path(path).is_file():
            reason = f'there is no file {path}' if path else f'give its weights: {name}=FILE'
            skipped.append(f'--baseline {text} is left out: {reason}')
        else:
            starts.append(Start(name, 'timm', path))
    names = [start.name for start in starts]
    for name in names:
        if not re.fullmatch(r'\w[\w.-]*', name) or names.count(name) > 1:
            raise ConfigError(
                f'{name!r}: give each start (--weights, --baseline) a name of its own, of letters, '
                'digits, hyphens, underscores and dots'
            )
    if not starts:
        raise ConfigError('\n'.join([*skipped, 'nothing to compare: give --weights or --baseline']))
    return starts, '\n'.join(skipped)


class StartEncoder:
    """Features of chips by a start, kept on the disk.

    Args:
        start: The start.
        config: Of a classifier.
        device: Of the network.

    Raises:
        ConfigError: The config or the start does not fit.
        CheckpointError: A file has not every weight.
    """

    def __init__(self, start: Start, config: Config, device: torch.device) -> None:
        self.start = start
        self.config = config
        self.device = device
        content = Path(start.path).read_bytes() if start.path else b''
        settings = {
            'start': start.kind if start.kind != 'timm' else start.name,
            'weights': hashlib.sha256(content).hexdigest(),
            'pipeline': test_pipeline(config),
            'preprocessor': config.model.get('data_preprocessor')
            or config.get('data_preprocessor'),
        }
        if start.kind in ('weights', RANDOM):
            backbone = dict(config.model.backbone)
            # They do not change what comes out.
            for key in ('init_cfg', 'frozen_stages', 'with_cp', 'drop_path_rate'):
                backbone.pop(key, None)
            settings['backbone'] = backbone
        self.settings = digest(settings)
        self._encode: Callable[[Tensor], Any] | None = None
        self._preprocessor: Any = None

    def key(self, chips: ChipSet, pool: str) -> str:
        """Return what tells these features from others."""
        return features_key(self.settings, chips.digest, pool)

    def check(self) -> None:
        """Build the network, so that a file that does not fit is found before the work begins."""
        if self.start.pools is None:
            self._build()

    def features(
        self,
        chips: ChipSet,
        pools: Sequence[str],
        folder: Path,
        done: Callable[[int], None],
        batch_size: int = 32,
    ) -> dict[str, NDArray[Any]]:
        """Return features (N, L, C) by the way of pooling, from the disk where they are there.

        Pixels are not kept: they are (N, 1, H * W), 0 to 1; for correlation with mean 0 and
        variance 1 an image, so that the nearest image is the one of the highest correlation.
        """
        if self.start.pools is not None:
            flat = self.start.kind == CORRELATION
            compute = self._computer(chips, _standardised if flat else _as_they_are, batch_size)
            values = []
            for first in range(0, len(chips.paths), 256):
                places = range(first, min(first + 256, len(chips.paths)))
                values.append(compute(places, [PIXELS])[PIXELS])
                done(len(places))
            return {PIXELS: joined(values)}
        keys = {pool: self.key(chips, pool) for pool in pools}
        compute = self._computer(chips, self._forward, batch_size)
        return cached_features(folder, keys, len(chips.paths), compute, done)

    def _forward(self, images: Tensor) -> Any:
        if self._encode is None:
            self._build()
        assert self._encode is not None
        return self._encode(images)

    def _computer(
        self, chips: ChipSet, encode: Callable[[Tensor], Any], batch_size: int
    ) -> Callable[[Sequence[int], Sequence[str]], dict[str, NDArray[Any]]]:
        @torch.no_grad()
        def compute(places: Sequence[int], pools: Sequence[str]) -> dict[str, NDArray[Any]]:
            if self._preprocessor is None:
                self._preprocessor = build_preprocessor(self.config).to(self.device)
            found: dict[str, list[Any]] = {pool: [] for pool in pools}
            for batch in batches((chips.data[place] for place in places), batch_size):
                images = self._preprocessor(batch, False)['inputs']
                levels = encode(images)
                for pool in pools:
                    values = levels.flatten(1)[:, None] if pool == PIXELS else pooled(levels, pool)
                    found[pool].append(values.float().cpu().numpy())
            return {pool: joined(parts) for pool, parts in found.items()}

        return compute

    def _build(self) -> None:
        if self._encode is not None:
            return
        start = self.start
        if start.kind == 'timm':
            assert start.path is not None
            self._encode, network = timm_encoder(start.name.removeprefix(_TIMM), start.path)
            network.to(self.device)
            return
        backbone = build_backbone(self.config)
        if start.path is not None:
            load_backbone(backbone, start.path)
        self._encode = backbone.to(self.device)


def _as_they_are(images: Tensor) -> Tensor:
    return images


def _standardised(images: Tensor) -> Tensor:
    return layer_norm(images, images.shape[1:], eps=1e-6)
