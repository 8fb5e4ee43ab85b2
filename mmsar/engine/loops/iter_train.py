"""Iteration-based training that resumes at once."""

from typing import Any

from mmengine.runner import IterBasedTrainLoop

from mmsar.datasets.samplers import ResumableBatchSampler
from mmsar.errors import ConfigError
from mmsar.registry import LOOPS


class _Skipped:
    """An iterator whose first ``count`` items cost nothing.

    ``IterBasedTrainLoop.run`` calls ``next`` once for each past iteration when it resumes; those
    batches were skipped in the sampler already.
    """

    def __init__(self, iterator: Any, count: int) -> None:
        self.iterator = iterator
        self.count = count

    def __next__(self) -> Any:
        if self.count:
            self.count -= 1
            return None
        return next(self.iterator)

    def skip_iter(self, iterations: int) -> None:
        """Do nothing: onedl-mmengine asks for the skip in this way."""
        self.count = 0


@LOOPS.register_module()
class IterTrainLoop(IterBasedTrainLoop):
    """``IterBasedTrainLoop`` without reading all past batches again when it resumes.

    The data loader needs ``sampler=dict(type='mmsar.SeededSampler', infinite=True)`` and
    ``batch_sampler=dict(type='mmsar.ResumableBatchSampler')``. Arguments are mmengine's.

    Raises:
        ConfigError: The data loader has other samplers.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        batches = self.dataloader.batch_sampler
        if not isinstance(batches, ResumableBatchSampler) or not getattr(
            batches.sampler, 'infinite', False
        ):
            raise ConfigError(
                'mmsar.IterTrainLoop needs train_dataloader.sampler=dict('
                "type='mmsar.SeededSampler', infinite=True) and train_dataloader.batch_sampler="
                "dict(type='mmsar.ResumableBatchSampler')"
            )

    def run(self) -> Any:
        """Train from the current iteration to the last."""
        if self._iter > 0:
            # A resumed run keeps the seed it began with.
            self.dataloader.batch_sampler.sampler.seed = self.runner.seed
            self.dataloader.batch_sampler.skip_next(self._iter)
            self.dataloader_iterator = None  # ends the workers that read from the start
            self.dataloader_iterator = _Skipped(iter(self.dataloader), self._iter)
        return super().run()
