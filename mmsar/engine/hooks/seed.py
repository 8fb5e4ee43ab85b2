"""The hook that makes the draws of a model repeatable."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop

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
        ConfigError: The training data are not drawn by ``mmsar.SeededSampler``, the loop does not
            fit the sampler, or there is not one whole batch.
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
        sampler.seed = runner.seed  # a resumed run keeps the seed it began with
        epochs = isinstance(runner.train_loop, EpochBasedTrainLoop)
        if epochs == sampler.infinite:
            fix = (
                'leave out infinite=True of train_dataloader.sampler, or use train_cfg=dict('
                "type='mmsar.IterTrainLoop', max_iters=N)"
                if epochs
                else "use train_cfg=dict(type='mmsar.IterTrainLoop') and "
                'train_dataloader.sampler.infinite=True'
            )
            raise ConfigError(f'{type(runner.train_loop).__name__} does not fit the sampler; {fix}')
        if not epochs:
            return
        if not len(loader):
            raise ConfigError(
                f'{len(loader.dataset)} samples do not fill one batch of {batches.batch_size}, and '
                'drop_last=True drops it; lower train_dataloader.batch_size'
            )
        done = runner.iter - runner.epoch * len(loader)
        if not 0 <= done < len(loader):
            runner.logger.warning(
                'The run was begun with another number of batches an epoch; this epoch starts at '
                'its first batch.'
            )
        elif done and isinstance(batches, ResumableBatchSampler):
            batches.skip_next(done)

    def before_train_iter(
        self, runner: Any, batch_idx: int, data_batch: dict[str, Any] | None = None
    ) -> None:
        """Start the streams of this iteration."""
        first_place = batch_size = None
        batches = runner.train_dataloader.batch_sampler
        if isinstance(batches, ResumableBatchSampler) and batches.global_batch:
            epochs = isinstance(runner.train_loop, EpochBasedTrainLoop)
            done = runner.epoch * len(runner.train_dataloader) if epochs else 0
            first_place = batches.first_place(runner.iter - done)
            batch_size = batches.batch_size
        randomness.begin_iteration(runner.seed, runner.iter, first_place, batch_size)

    def after_train(self, runner: Any) -> None:
        """Leave the draws of what follows to the global generators."""
        randomness.end_iterations()
