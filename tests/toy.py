"""A model and a data set small enough to train in a second, for the tests of the house.

The data set draws from all three generators, the model draws for the global batch, so any slip in
seeding, resuming or slicing changes the weights.
"""

import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.dist import get_rank
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, HOOKS, METRICS, MODELS
from torch import nn

from mmsar.randomness import draw_for_batch


@DATASETS.register_module()
class ToyDataset(BaseDataset):
    """Ten numbers with noise."""

    METAINFO = {'classes': ('toy',)}

    def load_data_list(self) -> list[dict[str, Any]]:
        return [{'value': float(value), 'width': 1 + value % 2, 'height': 1} for value in range(10)]

    def prepare_data(self, idx: int) -> dict[str, torch.Tensor]:
        noise = [random.random(), np.random.rand(), float(torch.rand(()))]
        return {'inputs': torch.tensor([self.get_data_info(idx)['value'] / 10, *noise])}


@MODELS.register_module()
class ToyModel(BaseModel):
    """A linear model with noise drawn for the global batch, and a batch norm beside the loss."""

    def __init__(self, delay: float = 0.0, norm_cfg: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.norm: nn.Module = nn.BatchNorm2d(3)
        if norm_cfg:
            from mmcv.cnn import build_norm_layer

            self.norm = build_norm_layer(norm_cfg, 3)[1]
        self.delay = delay

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        x = torch.stack(inputs) if isinstance(inputs, list) else inputs
        if mode != 'loss':
            return list(self.linear(x))
        time.sleep(self.delay)
        noise = draw_for_batch(lambda n, g: torch.randn(n, 3, generator=g), len(x))
        y = self.linear(x)
        beside = self.norm(y.detach()[..., None, None]).sum() * 0
        return {'loss': (y - noise).square().mean() + beside}


@METRICS.register_module()
class ToyMetric(BaseMetric):
    """The mean output; it improves whenever ``ToyMetric.scores`` says so."""

    def process(self, data_batch: Any, data_samples: Any) -> None:
        self.results += [float(sample.mean()) for sample in data_samples]

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        return {'acc': sum(results) / len(results)}


def end_workers(runner: Any) -> None:
    """Stop the data loader's processes; left to garbage collection, they take 5 s each."""
    iterator = getattr(runner.train_loop, 'dataloader_iterator', None)
    iterator = getattr(iterator, '_iterator', None) or runner.train_dataloader._iterator
    if iterator is not None and hasattr(iterator, '_shutdown_workers'):
        iterator._shutdown_workers()


@HOOKS.register_module()
class StopHook(Hook):
    """Stop as a kill would, before the given iteration."""

    def __init__(self, at: int) -> None:
        self.at = at

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        if runner.iter == self.at:
            end_workers(runner)
            raise KeyboardInterrupt


@HOOKS.register_module()
class DumpStateHook(Hook):
    """Write the state of each rank when training ends."""

    def after_train(self, runner: Any) -> None:
        model = getattr(runner.model, 'module', runner.model)
        torch.save(model.state_dict(), Path(runner.work_dir) / f'rank{get_rank()}.pth')
        end_workers(runner)
