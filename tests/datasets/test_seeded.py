from itertools import chain

import pytest
import torch
from torch.utils.data import DataLoader
from toy import ToyDataset

from mmsar.datasets import SampleKey, SeededDataset
from mmsar.datasets.samplers import (
    ResumableBatchSampler,
    SeededSampler,
    resumable_batch,
    seeded,
)
from mmsar.errors import ConfigError


@pytest.fixture
def dataset() -> SeededDataset:
    return SeededDataset(ToyDataset())


def sample(dataset, *key):
    return dataset[SampleKey(*key)]['inputs']


def test_draws_follow_seed_epoch_and_sample(dataset):
    reference = sample(dataset, 0, 1, 2)
    torch.rand(5)
    assert torch.equal(sample(dataset, 0, 1, 2), reference)
    for other in ((1, 1, 2), (0, 2, 2), (0, 1, 3)):
        assert not torch.equal(sample(dataset, *other)[1:], reference[1:])


@pytest.mark.parametrize('workers', [0, 2])
def test_any_number_of_workers_gives_the_same_batches(dataset, workers):
    def epochs(workers, count):
        sampler = SeededSampler(dataset, seed=3)
        loader = DataLoader(
            dataset,
            batch_sampler=ResumableBatchSampler(sampler, 3),
            num_workers=workers,
            persistent_workers=workers > 0,
        )
        for epoch in range(count):
            sampler.set_epoch(epoch)
            yield from (batch['inputs'] for batch in loader)

    ours = list(epochs(workers, 2))
    plain = list(epochs(0, 2))
    assert len(ours) == 8
    assert all(torch.equal(a, b) for a, b in zip(ours, plain, strict=True))
    # The second epoch has another order and other draws.
    assert not torch.equal(ours[0], ours[4])


def test_order_is_a_permutation_that_follows_the_epoch(dataset):
    sampler = SeededSampler(dataset, seed=0)
    first = [key.sample for key in sampler]
    sampler.set_epoch(1)
    second = [key.sample for key in sampler]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert [k.sample for k in SeededSampler(dataset, shuffle=False, seed=0)] == list(range(10))


def test_infinite_sampler_goes_through_the_epochs(dataset):
    endless = iter(SeededSampler(dataset, seed=0, infinite=True))
    keys = [next(endless) for _ in range(25)]
    finite = SeededSampler(dataset, seed=0)
    finite.set_epoch(1)
    assert keys[10:20] == list(finite)


@pytest.mark.parametrize('world', [2, 3, 4])
def test_ranks_share_the_batch_of_one_process(dataset, monkeypatch, world):
    whole = list(SeededSampler(dataset, seed=0))
    per_rank = []
    for rank in range(world):
        monkeypatch.setattr(seeded, 'get_dist_info', lambda rank=rank: (rank, world))
        sampler = SeededSampler(dataset, seed=0)
        per_rank.append(list(sampler))
        assert len(sampler) == len(per_rank[-1])
    together = [key for keys in zip(*per_rank, strict=True) for key in keys]
    assert together[:10] == whole
    assert together[10:] == whole[: len(together) - 10]


@pytest.mark.parametrize('inner', [None, {'type': 'BatchSampler'}])
def test_skipping_batches_changes_nothing_else(dataset, inner):
    from mmengine.registry import DATA_SAMPLERS

    if inner:
        DATA_SAMPLERS.register_module(
            'BatchSampler', force=True, module=torch.utils.data.BatchSampler
        )
    sampler = SeededSampler(dataset, seed=0)
    batches = ResumableBatchSampler(sampler, 3, batch_sampler=inner)
    everything = list(batches)
    assert [len(batch) for batch in everything] == [3, 3, 3, 1]
    batches.skip_next(2)
    assert list(batches) == everything[2:]
    assert list(batches) == everything  # once only
    assert len(batches) == 4


def test_unwrapped_or_empty_data_set_is_refused(dataset):
    with pytest.raises(ConfigError, match=r'mmsar\.SeededDataset'):
        SeededSampler(ToyDataset())
    with pytest.raises(ConfigError, match='no samples'):
        SeededSampler(SeededDataset(ToyDataset(indices=0, serialize_data=False)))


def batches_of_all_ranks(monkeypatch, dataset, world, size, **kwargs):
    """Return, per step, the samples of each rank."""
    steps = []
    for rank in range(world):
        for module in (seeded, resumable_batch):
            monkeypatch.setattr(module, 'get_dist_info', lambda rank=rank: (rank, world))
        batches = ResumableBatchSampler(
            SeededSampler(dataset, seed=0), size, global_batch=True, **kwargs
        )
        mine = [[key.sample for key in batch] for batch in batches]
        assert len(mine) == len(batches)
        steps.append(mine)
    return list(zip(*steps, strict=True))


@pytest.mark.parametrize('size', [4, 5, 6, 10])
@pytest.mark.parametrize('world', [1, 2, 3, 4])
def test_a_global_batch_is_the_same_with_any_number_of_ranks(monkeypatch, dataset, size, world):
    (alone,) = zip(*batches_of_all_ranks(monkeypatch, dataset, 1, size), strict=True)
    shared = batches_of_all_ranks(monkeypatch, dataset, world, size)
    # The last batch is filled up, so that all steps are of one size.
    assert [len(batch) for batch in alone] == [size] * -(-10 // size)
    for together, parts in zip(alone, shared, strict=True):
        assert sorted(chain(*parts)) == sorted(together)
        assert all(parts)  # nobody is left without a sample


@pytest.mark.parametrize('world', [1, 2, 3])
def test_global_batches_of_an_endless_run_and_their_places(monkeypatch, dataset, world):
    """Epochs of 10 samples are filled to 12; every place in a batch is some rank's."""
    steps: list[dict[int, int]] = [{} for _ in range(7)]
    for rank in range(world):
        for module in (seeded, resumable_batch):
            monkeypatch.setattr(module, 'get_dist_info', lambda rank=rank: (rank, world))
        sampler = SeededSampler(dataset, seed=0, infinite=True)
        batches = ResumableBatchSampler(sampler, 4, global_batch=True)
        for number, batch in zip(range(7), batches, strict=False):
            first = batches.first_place(number)
            for local, key in enumerate(batch):
                steps[number][first + local * world] = (key.epoch, key.sample)
    assert all(sorted(step) == [0, 1, 2, 3] for step in steps)
    monkeypatch.setattr(seeded, 'get_dist_info', lambda: (0, 1))
    alone = SeededSampler(dataset, seed=0, infinite=True)
    alone.fill_to(4)
    expected = [(key.epoch, key.sample) for key, _ in zip(alone, range(28), strict=False)]
    assert [step[place] for step in steps for place in range(4)] == expected


def test_last_global_batch_can_be_dropped(monkeypatch, dataset):
    steps = batches_of_all_ranks(monkeypatch, dataset, 3, 5, drop_last=True)
    assert [sum(map(len, parts)) for parts in steps] == [5, 5]


def test_more_ranks_than_samples_in_a_batch_are_refused(monkeypatch, dataset):
    with pytest.raises(ConfigError, match='6 processes share a global batch of 5'):
        batches_of_all_ranks(monkeypatch, dataset, 6, 5)
