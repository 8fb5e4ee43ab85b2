"""A wrapper that makes the random draws of any data set repeatable."""

from typing import Any, NamedTuple

from mmengine.dataset import BaseDataset

from mmsar.randomness import derive_seed, seed_host
from mmsar.registry import DATASETS


class SampleKey(NamedTuple):
    """What :class:`mmsar.datasets.samplers.SeededSampler` yields in place of a bare index.

    It carries the epoch into persistent workers, which nothing in the main process can reach.
    """

    seed: int
    epoch: int
    sample: int


@DATASETS.register_module()
class SeededDataset:
    """Seed ``random``, numpy and torch from (seed, epoch, index) before each sample is made.

    Whatever the wrapped data set draws (flips, crops, mosaic partners) then depends on nothing
    else: 0 or 8 workers, one run or a resumed one give the same samples.

    Args:
        dataset: The data set or its config.

    Example::

        train_dataloader = dict(
            sampler=dict(type='mmsar.SeededSampler'),
            dataset=dict(type='mmsar.SeededDataset', dataset=dict(type='mmsar.CocoDetection')),
        )
    """

    def __init__(self, dataset: BaseDataset | dict[str, Any]) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.metainfo = self.dataset.metainfo

    def full_init(self) -> None:
        """Load the annotations, if the data set has not done so."""
        self.dataset.full_init()

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, key: SampleKey | int) -> Any:
        """Return one sample. A bare index, of another sampler, seeds nothing."""
        if not isinstance(key, tuple):
            return self.dataset[key]
        seed, epoch, index = key
        seed_host(derive_seed('sample', seed, epoch, index))
        return self.dataset[index]

    def get_data_info(self, key: SampleKey | int) -> dict[str, Any]:
        """Return the annotation of one sample (batch samplers that group by shape ask for it)."""
        return self.dataset.get_data_info(key[-1] if isinstance(key, tuple) else key)

    def get_cat_ids(self, key: SampleKey | int) -> list[int]:
        """Return the labels in one sample."""
        return self.dataset.get_cat_ids(key[-1] if isinstance(key, tuple) else key)
