"""As many samples of each class, whatever the data set has."""

from collections.abc import Iterator, Sized

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
        inner = getattr(dataset, '_dataset', dataset)
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
        places = torch.arange(epoch * self.share, (epoch + 1) * self.share)
        columns = [self._stream(number, places) for number in range(len(self.groups))]
        generator = torch.Generator().manual_seed(derive_seed('classes', self.seed, epoch))
        turns = torch.rand((self.share, len(columns)), generator=generator).argsort(dim=1)
        rounds, indices = (torch.stack(part, 1).gather(1, turns).flatten()
                           for part in zip(*columns, strict=True))  # fmt: skip
        keys = torch.stack([rounds, indices], 1)
        keys = keys.repeat(-(-self.total // self.size), 1)[: self.total]
        for number, index in keys[(self.rank - dealt) % self.world_size :: self.world_size].tolist():
            yield SampleKey(self.seed, number, index)

    def _stream(self, number: int, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return which time round, and which sample, comes at places of a class's stream."""
        group = self.groups[number]
        rounds = places // len(group)
        orders = {
            turn: group[torch.randperm(len(group), generator=self._generator(number, turn))]
            for turn in rounds.unique().tolist()
        }
        samples = [orders[int(turn)][place % len(group)] for turn, place in zip(rounds, places,
                                                                               strict=True)]  # fmt: skip
        return rounds, torch.stack(samples)

    def _generator(self, number: int, turn: int) -> torch.Generator:
        seed = derive_seed('order of class', self.seed, number, turn)
        return torch.Generator().manual_seed(seed)
