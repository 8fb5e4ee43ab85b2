"""A batch sampler that can start in the middle of an epoch."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch.utils.data import BatchSampler, Sampler

from mmsar.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ResumableBatchSampler(Sampler[list[Any]]):
    """Group samples into batches; skip those already trained on without loading them.

    mmengine resumes an iteration-based run by reading all past batches again. Here only their
    indices are drawn again, which takes microseconds a batch.

    Args:
        sampler: The sampler; mmengine passes it.
        batch_size: Samples a batch on one rank; mmengine passes it.
        drop_last: Drop the last, smaller batch of an epoch.
        batch_sampler: Config of another batch sampler that does the grouping, such as
            ``dict(type='mmdet.AspectRatioBatchSampler')``. Default: consecutive samples.
    """

    def __init__(
        self,
        sampler: Sampler[Any],
        batch_size: int,
        drop_last: bool = False,
        batch_sampler: dict[str, Any] | None = None,
    ) -> None:
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.inner = batch_sampler
        self._skip = 0

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

    def _build(self) -> Any:
        """Build the sampler that groups.

        Anew for each epoch: mmdet's keeps what it grouped last, and would go on from there after
        an iteration that was left early.
        """
        if self.inner is None:
            return BatchSampler(self.sampler, self.batch_size, self.drop_last)
        return DATA_SAMPLERS.build(
            {**self.inner, 'drop_last': self.drop_last},
            default_args={'sampler': self.sampler, 'batch_size': self.batch_size},
        )
