"""Sampler for epoch- and iteration-based training."""

from collections.abc import Iterator, Sized

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmsar.datasets.seeded import SampleKey, SeededDataset
from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed
from mmsar.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class SeededSampler(Sampler[SampleKey]):
    """Yield (seed, epoch, index) for a :class:`mmsar.datasets.SeededDataset`.

    The order of an epoch follows (seed, epoch). Samples are dealt to the ranks in turn, so that
    the global batch of several processes is the batch that one process would have. The last
    samples of an epoch are filled up with its first, to a multiple of the number of ranks, or of
    what :meth:`fill_to` says.

    Args:
        dataset: A ``SeededDataset``.
        shuffle: Draw a new order for each epoch.
        seed: Seed of the run; mmengine passes it.
        infinite: Go on with the next epoch without end, for iteration-based loops.

    Raises:
        ConfigError: The data set is not wrapped, so its draws could not be repeated, or is empty.
    """

    def __init__(
        self, dataset: Sized, shuffle: bool = True, seed: int | None = None, infinite: bool = False
    ) -> None:
        # mmengine's `num_batch_per_epoch` wraps once more.
        if not isinstance(getattr(dataset, '_dataset', dataset), SeededDataset):
            raise ConfigError(
                'mmsar.SeededSampler needs a wrapped data set: write dataset=dict('
                f"type='mmsar.SeededDataset', dataset=...) around {type(dataset).__name__}"
            )
        self.size = len(dataset)
        if self.size == 0:
            raise ConfigError('the data set has no samples; check ann_file, classes, filter_cfg')
        self.dataset = dataset
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.infinite = infinite
        self.epoch = 0
        self.rank, self.world_size = get_dist_info()
        self._multiple = self.world_size

    def fill_to(self, samples: int) -> None:
        """Fill each epoch up to a multiple of so many samples, those of all ranks together."""
        self._multiple = samples

    @property
    def total(self) -> int:
        """Number of samples of one epoch on all ranks."""
        return -(-self.size // self._multiple) * self._multiple

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch that the next iteration over the sampler yields."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of samples of one epoch on this rank."""
        return len(range(self.rank, self.total, self.world_size))

    def __iter__(self) -> Iterator[SampleKey]:
        if not self.infinite:
            yield from self._epoch_keys(self.epoch, 0)
            return
        epoch = 0
        while True:
            yield from self._epoch_keys(epoch, epoch * self.total)
            epoch += 1

    def _epoch_keys(self, epoch: int, dealt: int) -> Iterator[SampleKey]:
        """Yield this rank's samples of an epoch, when so many were dealt before it."""
        order = torch.arange(self.size)
        if self.shuffle:
            generator = torch.Generator().manual_seed(derive_seed('order', self.seed, epoch))
            order = torch.randperm(self.size, generator=generator)
        order = order.repeat(-(-self.total // self.size))[: self.total]
        for index in order[(self.rank - dealt) % self.world_size :: self.world_size].tolist():
            yield SampleKey(self.seed, epoch, index)
