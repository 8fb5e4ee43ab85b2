"""Processes that wait for one another for hours."""

from datetime import timedelta
from typing import Any, TypeVar

import torch
from mmengine.dist import get_dist_info, is_distributed

_LONGEST = timedelta(days=30)

T = TypeVar('T')


class Processes:
    """The processes of a run, which meet before and after the work; possibly just this one.

    The group of the run is for GPUs that work in step: NCCL gives up after ten minutes. To finish
    the last batch may take one process longer than that, so these meet in a group of their own.
    All must make it together.

    Attributes:
        rank: Of this one.
        number: Of them.
    """

    def __init__(self) -> None:
        self.rank, self.number = get_dist_info()
        self._group: Any = None
        if is_distributed() and self.number > 1:
            self._group = torch.distributed.new_group(backend='gloo', timeout=_LONGEST)

    def from_first(self, value: T | None) -> T:
        """Return what the first process gives, to all."""
        values = [value]
        if self._group is not None:
            torch.distributed.broadcast_object_list(values, src=0, group=self._group)
        return values[0]  # type: ignore[return-value]

    def wait(self) -> None:
        """Wait until all are here."""
        if self._group is not None:
            torch.distributed.barrier(group=self._group)
