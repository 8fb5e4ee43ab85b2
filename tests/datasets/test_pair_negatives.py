"""Drawing the negatives of optical-SAR pairs."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pair_sets import folders, listed, partners, row, write_folders, write_list
from scipy.stats import chisquare
from torch.utils.data import DataLoader

from mmsar.datasets import SampleKey, SeededDataset
from mmsar.datasets.pairs.ground import Ground
from mmsar.datasets.samplers import ResumableBatchSampler, SeededSampler, seeded
from mmsar.errors import DataError
from mmsar.io import Window
from mmsar.models.matching.batch_pairs import pairs_of_batch
from mmsar.structures import PairSample


def overlap(a: Window, b: Window) -> bool:
    """Say pixel by pixel whether two windows overlap."""
    pixels = [
        {(w.row + r, w.column + c) for r in range(w.height) for c in range(w.width)} for w in (a, b)
    ]
    return bool(pixels[0] & pixels[1])


def test_ground_is_that_of_an_independent_count():
    generator = np.random.default_rng(0)
    windows = [
        Window(*generator.integers(0, 9, 2).tolist(), *generator.integers(1, 5, 2).tolist())
        for _ in range(40)
    ]
    scenes = [None if i % 7 == 0 else 'xyz'[i % 3] for i in range(40)]
    unknown = {3, 11}
    ground = Ground(scenes, [None if i in unknown else w for i, w in enumerate(windows)])
    for i in range(40):
        same = [
            j
            for j in range(40)
            if i == j
            or (
                (scenes[i] is not None and scenes[i] == scenes[j])
                and (unknown & {i, j} or overlap(windows[i], windows[j]))
            )
        ]
        assert ground.sharing(i).tolist() == same
        others = [j for j in range(40) if j not in same]
        assert ground.count_elsewhere(i) == len(others)
        assert [ground.elsewhere(i, k) for k in range(len(others))] == others


def test_a_margin_keeps_neighbours_away():
    ground = Ground(['a'] * 3, [Window(0, column, 10, 10) for column in (0, 10, 25)])
    assert [ground.sharing(1, margin).tolist() for margin in (0, 1, 5, 6)] == [
        [1],
        [0, 1],
        [0, 1],
        [0, 1, 2],
    ]


@pytest.mark.parametrize(
    ('scenes', 'columns', 'alone'),
    [
        ([None], [None], 0),
        ([None, None], [None, None], None),
        (['a', 'a'], [None, None], 0),
        (['a', 'a'], [0, None], 1),
        (['a', 'b'], [None, None], None),
        (['a', None], [None, None], None),
        (['a', 'a'], [0, 10], None),
        (['a', 'a'], [0, 9], 0),
        (['a', 'a', 'a'], [0, 6, 12], 1),
        (['a', 'a', 'a', 'a'], [0, 6, 12, 18], None),
    ],
)
def test_a_pair_without_negatives_is_found(scenes, columns, alone):
    windows = [None if c is None else Window(0, c, 10, 10) for c in columns]
    ground = Ground(scenes, windows)
    assert ground.without_elsewhere() == alone
    assert (0 in [ground.count_elsewhere(i) for i in range(len(scenes))]) == (alone is not None)


def test_negatives_never_share_ground(tmp_path):
    # Scene a: five windows of 10 pixels every 8; scene b: two that are apart.
    columns = [0, 8, 16, 24, 32, 0, 50]
    rows = [row(i, 'ab'[i > 4], 0, column, 10) for i, column in enumerate(columns)]
    dataset = listed(write_list(tmp_path, 'sar,optical,group,row,column,size', rows))
    seen = {(i, j) for _ in range(200) for i, j in enumerate(partners(dataset))}
    allowed = {
        (i, j)
        for i in range(7)
        for j in range(7)
        if (i > 4) != (j > 4) or abs(columns[i] - columns[j]) >= 10
    }
    assert seen == allowed
    dataset = listed(tmp_path, negatives='other_scene')
    seen = {(i, j) for _ in range(60) for i, j in enumerate(partners(dataset))}
    assert seen == {(i, j) for i in range(7) for j in range(7) if (i > 4) != (j > 4)}


def test_scenes_without_places_exclude_each_other(tmp_path):
    rows = [row(i, group) for i, group in enumerate('aaabbc')]
    dataset = listed(write_list(tmp_path, 'sar,optical,group', rows))
    seen = {(i, j) for _ in range(60) for i, j in enumerate(partners(dataset))}
    assert seen == {(i, j) for i in range(6) for j in range(6) if 'aaabbc'[i] != 'aaabbc'[j]}


# ------------------------------------------------------------------ draws


def test_negatives_are_uniform(tmp_path):
    dataset = folders(write_folders(tmp_path, range(6)))
    np.random.seed(0)
    counts = np.zeros((6, 6))
    for _ in range(1500):
        counts[range(6), partners(dataset)] += 1
    assert not counts.diagonal().any()
    for i in range(6):
        assert chisquare(np.delete(counts[i], i)).pvalue > 1e-3


def test_the_fixed_list_is_uniform_and_follows_its_seed(tmp_path):
    dataset = folders(write_folders(tmp_path, range(40)), test_mode=True)
    first = partners(dataset)
    np.random.seed(5)
    assert partners(dataset) == first == partners(folders(tmp_path, test_mode=True))
    counts = np.zeros(40)
    for seed in range(50):
        other = partners(folders(tmp_path, test_mode=True, negatives_seed=seed))
        assert (other == first) == (seed == 0)
        assert all(i != j for i, j in enumerate(other))
        counts += np.bincount(other, minlength=40)
    assert chisquare(counts).pvalue > 1e-3


def test_pairs_alone(tmp_path):
    dataset = folders(write_folders(tmp_path, range(3)), negatives='none')
    assert len(dataset) == dataset.num_pairs == 3
    assert [dataset.get_data_info(i)['label'] for i in range(3)] == [1, 1, 1]


def test_shuffled_pairs_have_another_optical_image_for_good(tmp_path):
    dataset = folders(write_folders(tmp_path, range(20)), shuffle_pairs=1, negatives='none')
    taken = []
    for number in range(20):
        info = dataset.get_data_info(number)
        assert (info['sar_id'], info['optical_id'], info['label']) == (number, number, 1)
        assert Path(info['sar_path']).stem == str(sorted(range(20), key=str)[number])
        taken.append(Path(info['optical_path']).stem)
    names = sorted(map(str, range(20)))
    assert sorted(taken) == names  # each once
    assert all(one != other for one, other in zip(taken, names, strict=True))
    again = folders(tmp_path, shuffle_pairs=1)
    assert [Path(again.get_data_info(i)['optical_path']).stem for i in range(20)] == taken
    other = folders(tmp_path, shuffle_pairs=2)
    assert [Path(other.get_data_info(i)['optical_path']).stem for i in range(20)] != taken
    with pytest.raises(DataError, match='has 1 pairs: shuffle_pairs needs 2 at least'):
        len(folders(tmp_path, shuffle_pairs=0, pattern='7', negatives='none'))
    with pytest.raises(DataError, match='has 2 pairs: shuffle_pairs needs 3 at least'):
        len(folders(tmp_path, shuffle_pairs=0, pattern='[78]'))


@pytest.mark.parametrize('groups', ['aaabbb', 'aaaabbbccde', 'abcdefg'])
def test_shuffled_pairs_are_of_other_scenes_and_no_true_pair_is_a_negative(tmp_path, groups):
    write_list(tmp_path, 'sar,optical,group', [row(i, group) for i, group in enumerate(groups)])
    count = len(groups)
    partners_seen, negatives_seen = set(), set()
    np.random.seed(0)
    for seed in range(120):
        dataset = listed(tmp_path, shuffle_pairs=seed)
        matched = {}
        for index in [*range(count)] + [*range(count, 2 * count)] * 3:
            info = dataset.get_data_info(index)
            sar, optical = (int(Path(info[f'{key}_path']).stem) for key in ('sar', 'optical'))
            assert groups[sar] != groups[optical]
            assert (info['sar_group'], info['optical_group']) == (groups[sar], groups[optical])
            if index < count:
                matched[sar] = optical
                partners_seen.add((sar, optical))
            else:
                assert info['label'] == 0
                assert matched[sar] != optical == matched[info['optical_id']]
                negatives_seen.add((sar, optical))
        assert sorted(matched.values()) == list(range(count))
    possible = {(i, j) for i in range(count) for j in range(count) if groups[i] != groups[j]}
    assert partners_seen == negatives_seen == possible


def test_a_scene_with_most_pairs_cannot_be_shuffled(tmp_path):
    write_list(tmp_path, 'sar,optical,group', [row(i, group) for i, group in enumerate('abaac')])
    with pytest.raises(DataError, match='3 of 5 pairs are of scene a, so shuffle_pairs cannot'):
        listed(tmp_path, shuffle_pairs=0)


def test_a_batch_of_shuffled_pairs_leaves_out_the_true_ones(tmp_path):
    dataset = folders(write_folders(tmp_path, range(6)), shuffle_pairs=0, negatives='none')
    infos = [dataset.get_data_info(i) for i in range(6)]
    samples = [PairSample(metainfo=info) for info in infos]
    match, counted = pairs_of_batch(samples)
    true = [[a['sar_path'][-5] == b['optical_path'][-5] for b in infos] for a in infos]
    assert match.tolist() == np.eye(6, dtype=bool).tolist()
    assert (~counted).tolist() == true


def pipeline(results):
    return results['sar_id'], results['optical_id']


def epoch_of(dataset, epoch: int, seed: int = 0) -> dict[int, int]:
    """Return the optical partner of each SAR image's negative."""
    count = dataset.dataset.num_pairs
    keys = [SampleKey(seed, epoch, index) for index in range(count, 2 * count)]
    return dict(dataset[key] for key in keys)


def test_negatives_are_new_in_each_epoch_and_follow_the_seed(tmp_path):
    write_folders(tmp_path, range(12))
    dataset = SeededDataset(folders(tmp_path, pipeline=[pipeline]))
    epochs = [epoch_of(dataset, epoch) for epoch in range(4)]
    assert all(a != b for a, b in pairwise(epochs))
    # As in a process that was started again, and knows nothing of the earlier epochs.
    fresh = SeededDataset(folders(tmp_path, pipeline=[pipeline]))
    np.random.random(7)
    assert epoch_of(fresh, 3) == epochs[3]
    assert epoch_of(fresh, 3, seed=1) != epochs[3]
    fixed = SeededDataset(folders(tmp_path, pipeline=[pipeline], test_mode=True))
    assert epoch_of(fixed, 0) == epoch_of(fixed, 1)


def loaded(dataset, epoch, skip=0, workers=0):
    """Return the batches of an epoch on this rank."""
    sampler = SeededSampler(dataset, seed=3)
    sampler.set_epoch(epoch)
    batches = ResumableBatchSampler(sampler, 4)
    batches.skip_next(skip)
    loader = DataLoader(
        dataset, batch_sampler=batches, num_workers=workers, collate_fn=lambda items: items
    )
    return list(loader)


@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_epoch_has_the_same_pairs(tmp_path, workers):
    write_folders(tmp_path, range(9))
    dataset = SeededDataset(folders(tmp_path, pipeline=[pipeline]))
    whole = loaded(dataset, 1)
    assert sum(map(len, whole)) == 18
    assert loaded(dataset, 1, skip=2, workers=workers) == whole[2:]


@pytest.mark.parametrize('count', [8, 9])
def test_ranks_have_the_pairs_of_one_process_each_on_one_rank(tmp_path, monkeypatch, count):
    write_folders(tmp_path, range(count))
    dataset = SeededDataset(folders(tmp_path, pipeline=[pipeline]))
    alone = [sample for batch in loaded(dataset, 2) for sample in batch]
    ranks = []
    for rank in range(2):
        monkeypatch.setattr(seeded, 'get_dist_info', lambda rank=rank: (rank, 2))
        ranks.append([sample for batch in loaded(dataset, 2) for sample in batch])
    assert [sample for both in zip(*ranks, strict=True) for sample in both] == alone
    assert not set(ranks[0]) & set(ranks[1])
    positives = [i for i, j in alone if i == j]
    negatives = [i for i, j in alone if i != j]
    assert sorted(positives) == sorted(negatives) == list(range(count))


def test_a_subset_draws_from_itself(tmp_path):
    write_folders(tmp_path, range(9))
    for dataset in (folders(tmp_path, indices=[3, 4, 5]), folders(tmp_path)):
        if dataset.num_pairs == 9:
            dataset.get_subset_([3, 4, 5])
        seen = {j for _ in range(20) for j in partners(dataset)}
        assert seen == {0, 1, 2}
        assert dataset.get_data_info(1)['sar_path'].endswith('4.png')


# ------------------------------------------------------------------ parts and patches
