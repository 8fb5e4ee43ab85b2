import torch
from mmdet.models.task_modules.assigners import AssignResult
from mmengine.structures import InstanceData

from mmsar import randomness
from mmsar.models.task_modules import RandomSampler
from mmsar.models.task_modules.random_sampler import hash_regions

LABELS = torch.tensor([1] * 20 + [0] * 40)


def boxes(image: int = 0, number: int = 60) -> torch.Tensor:
    corners = torch.rand(number, 2, generator=torch.Generator().manual_seed(image)) * 500
    return torch.cat([corners, corners + 40], 1)


def samples(images: list[int], order: torch.Tensor | None = None) -> list[list[int]]:
    """Sample regions of some images; return the chosen indices of each, positives first."""
    sampler = RandomSampler(num=8, pos_fraction=0.5, add_gt_as_proposals=False)
    chosen = []
    order = torch.arange(60) if order is None else order
    for image in images:
        assigned = AssignResult(2, LABELS[order], torch.zeros(60), torch.zeros(60).long())
        truth = InstanceData(bboxes=torch.rand(2, 4), labels=torch.zeros(2).long())
        result = sampler.sample(assigned, InstanceData(priors=boxes(image)[order]), truth)
        chosen.append([*order[result.pos_inds].tolist(), *order[result.neg_inds].tolist()])
    return chosen


def test_draws_follow_seed_iteration_and_place(monkeypatch):
    randomness.begin_iteration(0, 5)
    four = samples([0, 1, 2, 3])
    torch.rand(7)
    assert samples([0, 1, 2, 3]) == four
    # The place of an image in the batch counts, not only its content.
    assert len({tuple(chosen) for chosen in samples([0, 0, 0, 0])}) == 4
    monkeypatch.setattr(randomness, 'get_world_size', lambda: 2)
    for rank in range(2):
        monkeypatch.setattr(randomness, 'get_rank', lambda rank=rank: rank)
        assert samples([rank, rank + 2]) == four[rank::2]
    randomness.begin_iteration(0, 6)
    assert samples([1, 3]) != four[1::2]


def test_choice_does_not_depend_on_the_order_of_the_regions():
    randomness.begin_iteration(0, 0)
    shuffled = samples([0], torch.randperm(60))
    assert sorted(shuffled[0]) == sorted(samples([0])[0])


def test_number_and_share_of_positives_are_kept():
    randomness.begin_iteration(0, 0)
    (chosen,) = samples([0])
    assert len(set(chosen)) == 8
    assert sum(index < 20 for index in chosen) == 4


def test_every_region_is_drawn_equally_often():
    regions = boxes(number=30)
    counts = torch.zeros(30)
    for seed in range(3000):
        counts[hash_regions(regions, seed).argsort()[:10]] += 1
    # Binomial with p = 1/3: mean 1000, standard deviation 26.
    assert (counts - 1000).abs().max() < 110
    # Neighbouring cells have unrelated draws.
    row = torch.arange(400)[:, None] * 4.0 + torch.tensor([[0.0, 0, 32, 32]])
    ranks = hash_regions(row, 1).argsort().argsort().float()
    assert torch.corrcoef(torch.stack([ranks[1:], ranks[:-1]]))[0, 1].abs() < 0.15
