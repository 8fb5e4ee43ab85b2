"""A batch sampler that can start in the middle of an epoch."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from mmengine.dist import get_dist_info
from torch.utils.data import BatchSampler, Sampler

from mmsar.datasets.samplers.seeded import SeededSampler
from mmsar.errors import ConfigError
from mmsar.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ResumableBatchSampler(Sampler[list[Any]]):
    """Group samples into batches; skip those already trained on without loading them.

    mmengine resumes an iteration-based run by reading all past batches again. Here only their
    indices are drawn again, which takes microseconds a batch.

    Args:
        sampler: The sampler; mmengine passes it.
        batch_size: Samples a batch; mmengine passes it.
        drop_last: Drop the last, smaller batch of an epoch.
        batch_sampler: Config of another batch sampler that does the grouping, such as
            ``dict(type='mmdet.AspectRatioBatchSampler')``. Default: consecutive samples.
        global_batch: ``batch_size`` counts the samples of all ranks, not of one. A recipe then has
            its batch and learning rate with any number of processes up to ``batch_size``. The last
            batch of an epoch is filled up with the first samples of it, so that it is shared too.

    Raises:
        ConfigError: There are more ranks than samples in a global batch, or they cannot share it.
    """

    def __init__(
        self,
        sampler: Sampler[Any],
        batch_size: int,
        drop_last: bool = False,
        batch_sampler: dict[str, Any] | None = None,
        global_batch: bool = False,
    ) -> None:
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.inner = batch_sampler
        self.global_batch = global_batch
        self._skip = 0
        if global_batch:
            self._share(get_dist_info()[1])

    def skip_next(self, batches: int) -> None:
        """Leave out this many batches at the start of the next iteration, once."""
        self._skip = batches

    def __len__(self) -> int:
        """Return the number of batches of one epoch on this rank."""
        return len(self._build())

    def __iter__(self) -> Iterator[list[Any]]:
        # A generator, so that the skip goes to the iterator that is used: PyTorch's loader with
        # workers makes two and drops the first.
        skip, self._skip = self._skip, 0
        yield from islice(self._build(), skip, None)

    def first_place(self, batch: int) -> int:
        """Return the place, in global batch number ``batch``, of this rank's first sample."""
        rank, world = get_dist_info()
        return (rank - batch * self.batch_size) % world if self.global_batch else rank

    def _share(self, world: int) -> None:
        """Check that the ranks can share a batch, and have the last one of an epoch filled."""
        if world > self.batch_size:
            raise ConfigError(
                f'{world} processes share a global batch of {self.batch_size} samples: use at most '
                f'{self.batch_size}, or set train_dataloader.batch_size and the learning rate '
                'higher'
            )
        if self.inner is not None and self.batch_size % world:
            raise ConfigError(
                f'a global batch of {self.batch_size} samples grouped by {self.inner.get("type")} '
                f'cannot be shared by {world} processes; choose a divisor'
            )
        if not isinstance(self.sampler, SeededSampler):
            raise ConfigError(
                'global_batch=True needs the sampler mmsar.SeededSampler, not '
                f'{type(self.sampler).__name__}'
            )
        if not self.drop_last:
            self.sampler.fill_to(self.batch_size)

    def _build(self) -> Any:
        """Build the sampler that groups.

        Anew for each epoch: mmdet's keeps what it grouped last, and would go on from there after
        an iteration that was left early.
        """
        size = self.batch_size
        if self.global_batch:
            rank, world = get_dist_info()
            if size % world:
                return _UnevenBatches(self.sampler, size, rank, world)
            size //= world
        if self.inner is None:
            return BatchSampler(self.sampler, size, self.drop_last)
        return DATA_SAMPLERS.build(
            {**self.inner, 'drop_last': self.drop_last},
            default_args={'sampler': self.sampler, 'batch_size': size},
        )


class _UnevenBatches:
    """This rank's parts of global batches whose size is no multiple of the number of ranks.

    The sampler deals the global order to the ranks in turn, so global batch k, the places from
    k * size to (k + 1) * size, has one sample more on some ranks than on others.
    """

    def __init__(self, sampler: Any, size: int, rank: int, world: int) -> None:
        self.sampler, self.size, self.rank, self.world = sampler, size, rank, world

    def __len__(self) -> int:
        return int(self.sampler.total // self.size)

    def __iter__(self) -> Iterator[list[Any]]:
        batches = 0
        batch: list[Any] = []
        for number, sample in enumerate(self.sampler):
            if (self.rank + number * self.world) // self.size > batches:
                yield batch
                batches, batch = batches + 1, []
            batch.append(sample)
        if batches < len(self):
            yield batch
