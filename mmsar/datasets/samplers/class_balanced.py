"""As many samples of each class, whatever the data set has."""

from collections.abc import Iterator, Sized
from typing import Any

import torch

from mmsar.datasets.samplers.seeded import SeededSampler
from mmsar.datasets.seeded import SampleKey
from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed
from mmsar.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(SeededSampler):
    """Deal samples of all classes in turn, in an order that follows the seed.

    An epoch has about as many samples as the data set, and each class an equal share of them. So
    many consecutive samples as there are classes are one of each. A class goes through its own
    samples in a random order, then through another one, on into the next epoch: within a class
    none is seen more often than the others, give or take one. Draws of a sample that comes twice
    in an epoch differ.

    Args:
        dataset: A ``SeededDataset`` whose data set has ``get_cat_ids``, one class a sample.
        **kwargs: See :class:`mmsar.SeededSampler`; ``shuffle`` must be left on.

    Raises:
        ConfigError: The data set has no classes, or a sample has several.
    """

    def __init__(self, dataset: Sized, **kwargs: object) -> None:
        super().__init__(dataset, **kwargs)  # type: ignore[arg-type]
        if not self.shuffle:
            raise ConfigError('ClassBalancedSampler: shuffle=False has no meaning; leave it out')
        groups: dict[int, list[int]] = {}
        inner: Any = getattr(dataset, '_dataset', dataset)
        for index in range(len(dataset)):
            try:
                (label,) = inner.get_cat_ids(index)
            except (KeyError, AttributeError, ValueError) as error:
                raise ConfigError(
                    'ClassBalancedSampler needs one class a sample (labelled=True of SARChips), or '
                    "use dict(type='mmsar.SeededSampler')"
                ) from error
            groups.setdefault(int(label), []).append(index)
        self.groups = [torch.tensor(groups[label]) for label in sorted(groups)]
        # Samples of a class in an epoch.
        self.share = -(-self.size // len(self.groups))
        self.size = self.share * len(self.groups)

    def _epoch_keys(self, epoch: int, dealt: int) -> Iterator[SampleKey]:
        columns = [self._stream(number, epoch) for number in range(len(self.groups))]
        generator = torch.Generator().manual_seed(derive_seed('classes', self.seed, epoch))
        turns = torch.rand((self.share, len(columns)), generator=generator).argsort(dim=1)
        keys = torch.stack(columns, 1).gather(1, turns[..., None].expand(-1, -1, 2)).flatten(0, 1)
        keys = keys.repeat(-(-self.total // self.size), 1)[: self.total]
        own = keys[(self.rank - dealt) % self.world_size :: self.world_size]
        for times, index in own.tolist():
            yield SampleKey(self.seed, times, index)

    def _stream(self, number: int, epoch: int) -> torch.Tensor:
        """Return how many times it came before, and which sample, of a class in an epoch."""
        group = self.groups[number]
        places = torch.arange(epoch * self.share, (epoch + 1) * self.share)
        first, last = int(places[0]) // len(group), int(places[-1]) // len(group)
        orders = [
            group[torch.randperm(len(group), generator=self._generator(number, times))]
            for times in range(first, last + 1)
        ]
        samples = torch.cat(orders)[places - first * len(group)]
        return torch.stack([places // len(group), samples], 1)

    def _generator(self, number: int, times: int) -> torch.Generator:
        seed = derive_seed('order of class', self.seed, number, times)
        return torch.Generator().manual_seed(seed)
