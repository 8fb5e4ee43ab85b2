"""The hook that makes the draws of a model repeatable."""

from typing import Any

from mmengine.hooks import Hook

from mmsar import randomness
from mmsar.datasets.samplers import ResumableBatchSampler, SeededSampler
from mmsar.errors import ConfigError
from mmsar.registry import HOOKS


@HOOKS.register_module()
class SeedHook(Hook):
    """Seed all generators from (seed, iteration) before each training step.

    mmengine restores no random state when it resumes; with this hook there is none to restore.
    An epoch-based run that stopped inside an epoch goes on at the next batch of it.

    Raises:
        ConfigError: The training data are not drawn by ``mmsar.SeededSampler``.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Any) -> None:
        """Check the sampler, and skip the batches of this epoch that are already done."""
        loader = runner.train_dataloader
        batches = loader.batch_sampler
        sampler = getattr(batches, 'sampler', loader.sampler)
        if not isinstance(sampler, SeededSampler):
            raise ConfigError(
                f'train_dataloader.sampler is {type(sampler).__name__}, so this run could not be '
                "repeated; use dict(type='mmsar.SeededSampler'), or drop the hook with "
                "_base_.default_hooks.pop('seed')"
            )
        if sampler.infinite or not len(loader):
            return
        done = runner.iter % len(loader)
        if done and isinstance(batches, ResumableBatchSampler):
            batches.skip_next(done)

    def before_train_iter(
        self, runner: Any, batch_idx: int, data_batch: dict[str, Any] | None = None
    ) -> None:
        """Start the streams of this iteration."""
        randomness.begin_iteration(runner.seed, runner.iter)
