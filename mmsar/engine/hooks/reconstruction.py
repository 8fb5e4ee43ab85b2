"""Pictures of masked pre-training."""

from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import IterBasedTrainLoop
from torch import Tensor

from mmsar.datasets.seeded import SampleKey, SeededDataset
from mmsar.errors import ConfigError
from mmsar.models.selfsup.gradient_features import GradientFeatures
from mmsar.models.selfsup.masking import masks_of
from mmsar.registry import HOOKS
from mmsar.visualization.reconstruction import Reconstruction, draw_reconstructions


@HOOKS.register_module()
class ReconstructionHook(Hook):
    """Draw some training images, what the network saw of them, and what it made of the rest.

    The images (spread over the data set, augmented once) and their masks stay the same, so the
    pictures can be compared. They go to the visualizer's backends (work folder, TensorBoard).
    Training is the same with or without.

    Args:
        interval: In epochs, or in iterations in a loop that counts them; the last is always drawn.
        images: How many.
        seed: Of their augmentation and masks.

    Raises:
        ConfigError: ``interval`` or ``images`` is below 1, the model is no ``mmsar.SARATRX``, or
            images that are to become gradient features are not in 0 to 1.
    """

    priority = 'LOW'

    def __init__(self, interval: int = 20, images: int = 4, seed: int = 0) -> None:
        if min(interval, images) < 1:
            raise ConfigError(
                f'ReconstructionHook: interval={interval}, images={images}; give at least 1'
            )
        self.interval = interval
        self.images = images
        self.seed = seed
        self._inputs: Tensor | None = None

    def before_train(self, runner: Any) -> None:
        """Load the images."""
        model = _bare(runner.model)
        if not hasattr(model, 'predicted_maps'):
            raise ConfigError(
                f'ReconstructionHook draws mmsar.SARATRX, not {type(model).__name__}; '
                'take it out of custom_hooks'
            )
        if not is_main_process():
            return
        loader = runner.train_dataloader
        dataset = loader.dataset
        count = min(self.images, len(dataset))
        samples = []
        for number in range(count):
            index = number * len(dataset) // count
            key = SampleKey(self.seed, 0, index) if isinstance(dataset, SeededDataset) else index
            samples.append(dataset[key])
        self._inputs = model.data_preprocessor(loader.collate_fn(samples))['inputs']
        if isinstance(model.target_generator, GradientFeatures):
            _require_range(self._inputs)

    def after_train_epoch(self, runner: Any) -> None:
        """Draw."""
        due = self.every_n_epochs(runner, self.interval) or self.is_last_train_epoch(runner)
        if due and not isinstance(runner.train_loop, IterBasedTrainLoop):
            self._show(runner, 'epoch', runner.epoch + 1)

    def after_train_iter(self, runner: Any, *_: Any, **__: Any) -> None:
        """Draw in a loop that counts iterations, which is one epoch to mmengine."""
        due = self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner)
        if due and isinstance(runner.train_loop, IterBasedTrainLoop):
            self._show(runner, 'iteration', runner.iter + 1)

    def _show(self, runner: Any, unit: str, number: int) -> None:
        if self._inputs is not None:
            picture = self._draw(_bare(runner.model), f'{unit} {number}')
            runner.visualizer.add_image('reconstruction', picture, step=number)

    def _draw(self, model: Any, title: str) -> Any:
        inputs = self._inputs
        assert inputs is not None
        grid = [side // model.backbone.patch_size for side in inputs.shape[-2:]]
        generator = torch.Generator().manual_seed(self.seed)
        draws = torch.rand((len(inputs), grid[0] * grid[1]), generator=generator)
        masks = masks_of(draws, model.mask_ratio, inputs.device)
        was_training = model.training
        model.eval()
        predicted, true = model.predicted_maps(inputs, masks)
        model.train(was_training)
        side = model.backbone.patch_size
        hidden = masks.mask.bool().unflatten(1, grid)
        hidden = hidden.repeat_interleave(side, 1).repeat_interleave(side, 2)
        arrays = [part.cpu().numpy() for part in (inputs[:, 0].float(), hidden, predicted, true)]
        parts = [Reconstruction(*row) for row in zip(*arrays, strict=True)]
        names = model.target_generator.map_names
        if len(names) != true.shape[1]:  # several channels
            names = [f'map {number + 1}' for number in range(true.shape[1])]
        return draw_reconstructions(parts, names, title)


def _require_range(inputs: Tensor) -> None:
    """Gradient features add a constant that belongs to 0 to 1: far off it, they are others."""
    low, high = (float(value) for value in inputs.aminmax())
    if low < 0 or not 0.005 < high <= 1.01:
        raise ConfigError(
            f'GradientFeatures needs images in 0 to 1, and gets {low:.4g} to {high:.4g}; set '
            'model.data_preprocessor.mean=[0] and .std=[255] where StretchSAR and RandomContrast '
            'have out=(0, 255), their default, and std=[1] for out=(0, 1)'
        )


def _bare(model: Any) -> Any:
    return model.module if is_model_wrapper(model) else model
