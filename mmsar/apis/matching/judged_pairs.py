"""What a bridge network says of the pairs that a config tests on, and examples of each verdict."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from rich.progress import track

from mmsar.apis.config import part_dataloader
from mmsar.apis.matching.pair_matcher import PairMatcher
from mmsar.randomness import derive_seed
from mmsar.visualization.pair_panel import KINDS, PairPicture


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """Pairs of a data set and their distances.

    Attributes:
        data: The data set; in a test, a pair is the same each time it is loaded.
        labels: (N,), whether a pair matches.
        distances: (N,).
        threshold: Pairs with a distance up to this are said to match.
    """

    data: Any
    labels: NDArray[np.bool_]
    distances: NDArray[np.float64]
    threshold: float

    def members(self, kind: str) -> NDArray[np.intp]:
        """Return the numbers of the pairs of a kind, see :data:`KINDS`."""
        matching, said, _ = KINDS[kind]
        return np.flatnonzero(
            (self.labels == matching) & ((self.distances <= self.threshold) == said)
        )

    def choose(self, kind: str, count: int, seed: int | None = None) -> list[int]:
        """Return numbers of pairs of a kind.

        Args:
            kind: See :data:`KINDS`.
            count: At most so many.
            seed: Of a random choice. None: those that the network is surest of, farthest from the
                threshold.
        """
        members = self.members(kind)
        if seed is not None:
            drawn = np.random.default_rng(derive_seed('pairs', seed, kind)).permutation(members)
            return sorted(drawn[:count].tolist())
        sure = np.abs(self.distances[members] - self.threshold)
        return members[np.argsort(-sure, kind='stable')][:count].tolist()

    def files(self, number: int) -> tuple[str, str]:
        """Return the SAR and the optical file of a pair."""
        info = self.data.get_data_info(number)
        return info['sar_path'], info['optical_path']

    def picture(self, number: int) -> PairPicture:
        """Load a pair, as the network sees it before normalisation."""
        inputs = self.data[number]['inputs']
        sar, optical = (to_picture(inputs[view]) for view in ('sar', 'optical'))
        return PairPicture(sar, optical, float(self.distances[number]))


@torch.no_grad()
def judge(matcher: PairMatcher, config: Config, part: str) -> JudgedPairs:
    """Compare the pairs that a config validates or tests on.

    Args:
        matcher: The network.
        config: Its config.
        part: ``val`` or ``test``.

    Raises:
        ConfigError: The config has no such data set.
    """
    from mmengine.runner import Runner

    loader: Any = Runner.build_dataloader(part_dataloader(config, part), seed=0)
    labels, distances = [], []
    for batch in track(loader, 'comparing'):
        for sample in matcher.model.test_step(batch):
            labels.append(bool(sample.label))
            distances.append(float(sample.distance))
    return JudgedPairs(
        loader.dataset, np.array(labels, np.bool_), np.array(distances), matcher.threshold
    )


def to_picture(image: torch.Tensor) -> NDArray[np.uint8]:
    """Return (H, W), or (H, W, 3) of three channels, from an image (C, H, W) of 0 to 255."""
    array = image.float().clamp(0, 255).round().byte().numpy()
    return np.moveaxis(array, 0, -1) if len(array) == 3 else array[0]
