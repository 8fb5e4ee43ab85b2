import torch
from mmdet.models.task_modules.assigners import AssignResult
from mmengine.structures import InstanceData

from mmsar import randomness
from mmsar.models.task_modules import RandomSampler


def samples(images: int, **kwargs) -> list[list[int]]:
    """Sample regions of some images; return the chosen indices of each."""
    sampler = RandomSampler(num=8, pos_fraction=0.5, **kwargs)
    chosen = []
    for _ in range(images):
        assigned = AssignResult(
            2, torch.tensor([1] * 20 + [0] * 40), torch.zeros(60), torch.zeros(60).long()
        )
        truth = InstanceData(bboxes=torch.rand(2, 4), labels=torch.zeros(2).long())
        result = sampler.sample(assigned, InstanceData(priors=torch.rand(60, 4)), truth)
        chosen.append([*result.pos_inds.tolist(), *result.neg_inds.tolist()])
    return chosen


def test_draws_follow_seed_iteration_and_place(monkeypatch):
    options = {'add_gt_as_proposals': False}
    randomness.begin_iteration(0, 5)
    four = samples(4, **options)
    torch.rand(7)
    assert samples(4, **options) == four
    assert len({tuple(image) for image in four}) == 4
    monkeypatch.setattr(randomness, 'get_world_size', lambda: 2)
    for rank in range(2):
        monkeypatch.setattr(randomness, 'get_rank', lambda rank=rank: rank)
        assert samples(2, **options) == four[rank::2]
    randomness.begin_iteration(0, 6)
    assert samples(2, **options) != four[1::2]


def test_number_and_share_of_positives_are_kept():
    randomness.begin_iteration(0, 0)
    (chosen,) = samples(1, add_gt_as_proposals=False)
    assert len(set(chosen)) == 8
    assert sum(index < 20 for index in chosen) == 4
