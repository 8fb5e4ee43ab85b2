"""Where patches lie in a scene, and how they are split without shared ground."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmsar.datasets.pairs.ground import Ground
from mmsar.datasets.splits import split_by_hash
from mmsar.errors import ConfigError
from mmsar.io import Window


@dataclass(frozen=True)
class Grid:
    """How scenes are cut.

    Attributes:
        size: Rows and columns of a patch.
        overlap: Share of a patch that its neighbour also shows.
    """

    size: int = 256
    overlap: float = 0.2

    def __post_init__(self) -> None:
        if self.size < 32:
            raise ConfigError(f'size={self.size}: a patch needs at least 32 pixels a side')
        if not 0 <= self.overlap < 1:
            raise ConfigError(f'overlap={self.overlap}: give a share from 0 to below 1')

    @property
    def stride(self) -> int:
        """Pixels from a patch to the next."""
        return max(1, round(self.size * (1 - self.overlap)))

    def windows(self, shape: tuple[int, int]) -> list[Window]:
        """Return the patches of a scene of (rows, columns), row by row.

        All neighbours overlap alike: what is left at the lower and right border, less than a patch,
        is not used.
        """
        rows, columns = (range(0, side - self.size + 1, self.stride) for side in shape)
        return [Window(row, column, self.size, self.size) for row in rows for column in columns]


@dataclass(frozen=True)
class Split:
    """How patches are divided into training and validation.

    Attributes:
        share: Of the scenes or blocks that train; None to train on all.
        by: ``scene``, or ``blocks`` of each scene.
        block: Patches along the side of a block.
        gap: Pixels between a training and a validation patch; 0: they only do not overlap.
        seed: Another seed makes another split.
    """

    share: float | None = None
    by: str = 'scene'
    block: int = 5
    gap: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.share is not None and not 0 < self.share < 1:
            raise ConfigError(f'split={self.share}: give the share of train, between 0 and 1')
        if self.by not in ('scene', 'blocks'):
            raise ConfigError(f'split_by={self.by!r}: choose scene or blocks')
        if self.block < 1 or self.gap < 0:
            raise ConfigError(f'block={self.block}, gap={self.gap}: give at least 1 and 0')

    def parts(self, scenes: Sequence[str], windows: Sequence[Window], grid: Grid) -> list[str]:
        """Return ``train``, ``val``, or ``gap`` for a patch between them that neither has.

        Args:
            scenes: Of the patches.
            windows: Their places.
            grid: How they were cut.

        Raises:
            ConfigError: A part is empty.
        """
        if self.share is None:
            return ['train'] * len(scenes)
        units = list(scenes)
        if self.by == 'blocks':
            side = self.block * grid.stride
            units = [
                f'{scene}/{window.row // side}/{window.column // side}'
                for scene, window in zip(scenes, windows, strict=True)
            ]
        _, val = split_by_hash(set(units), self.share, self.seed)
        parts = ['val' if unit in val else 'train' for unit in units]
        ground = Ground(scenes, windows)
        for place in [number for number, part in enumerate(parts) if part == 'val']:
            for other in ground.sharing(place, self.gap).tolist():
                if parts[other] == 'train':
                    parts[other] = 'gap'
        if not {'train', 'val'} <= set(parts):
            few = 'scenes' if self.by == 'scene' else 'blocks'
            raise ConfigError(
                f'split={self.share} of {len(set(units))} {few} leaves a part empty: give another '
                'share, or --split-by blocks with a smaller --block'
            )
        return parts
