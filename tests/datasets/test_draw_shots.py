"""Draws of K chips a class."""

import json

import pytest

from mmsar.datasets.recognition.few_shot import draw_shots, read_draws, write_draws
from mmsar.errors import ConfigError, DataError

# Three classes with 6 groups of 1 to 3 views, in mixed order.
GROUPS = [group for group in range(18) for _ in range(group % 3 + 1)]
LABELS = [group // 6 for group in GROUPS]
ORDER = [(place * 7) % len(GROUPS) for place in range(len(GROUPS))]
GROUPS = [GROUPS[place] for place in ORDER]
LABELS = [LABELS[place] for place in ORDER]


@pytest.mark.parametrize('shots', [1, 2, 6])
def test_one_chip_of_a_group_and_k_of_a_class(shots):
    for seed in range(10):
        drawn = draw_shots(LABELS, GROUPS, shots, seed)
        assert len({GROUPS[place] for place in drawn}) == len(drawn) == 3 * shots
        assert sorted(LABELS[place] for place in drawn) == [0] * shots + [1] * shots + [2] * shots
        assert drawn == sorted(drawn) == draw_shots(LABELS, GROUPS, shots, seed)


def test_seed_0_is_a_seed_and_all_differ():
    labels = [0, 1] * 50
    draws = [tuple(draw_shots(labels, None, 5, seed)) for seed in range(10)]
    assert len(set(draws)) == 10
    assert draws[0] == tuple(draw_shots(labels, None, 5, 0))
    counts = [sum(place in draw_shots([0] * 10, None, 3, seed) for seed in range(300))
              for place in range(10)]  # fmt: skip
    assert min(counts) > 60  # 90 expected, standard deviation 8
    assert max(counts) < 120


def test_more_shots_add_to_fewer():
    few, more = (set(draw_shots(LABELS, GROUPS, shots, 4)) for shots in (2, 5))
    assert few < more


def test_draws_stay_for_ever():
    assert draw_shots([0, 1] * 20, None, 2, 0) == [0, 9, 10, 17]


def test_too_few_groups_name_the_class():
    with pytest.raises(DataError, match=r'class 1 \(truck\) has 2 groups of views, fewer than 3'):
        draw_shots([0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 3, 4], 3, 0, classes=['tank', 'truck'])
    with pytest.raises(DataError, match='class 1 has 1 chips, fewer than 2 shots'):
        draw_shots([0, 0, 1], None, 2, 0)
    with pytest.raises(ConfigError, match='shots=0'):
        draw_shots(LABELS, GROUPS, 0, 0)
    with pytest.raises(DataError, match='one each'):
        draw_shots([0, 1], [0], 1, 0)


def test_more_views_come_when_the_groups_are_used_up():
    few = draw_shots(LABELS, GROUPS, 6, 3)
    more = draw_shots(LABELS, GROUPS, 8, 3, more_views=True)
    assert set(few) < set(more)
    assert [sum(LABELS[place] == label for place in more) for label in range(3)] == [8, 8, 8]
    counts = [sum(GROUPS[place] == group for place in more) for group in range(18)]
    assert set(counts) == {1, 2}
    with pytest.raises(DataError, match='class 0 has 12 chips, fewer than 13 shots'):
        draw_shots(LABELS, GROUPS, 13, 3, more_views=True)


def test_a_group_of_two_classes_is_not_drawn_from():
    labels, groups = [0, 1, 0, 1], ['doubtful', 'doubtful', 'a', 'b']
    assert all(draw_shots(labels, groups, 1, seed) == [2, 3] for seed in range(5))
    with pytest.raises(DataError, match='class 0 has 1'):
        draw_shots(labels, groups, 2, 0)


def test_files_hold_for_other_copies(tmp_path):
    names = [f'tank/{place:03d}.png' for place in range(len(LABELS))]
    here = [str(tmp_path / 'here' / name) for name in names]
    draws = {(shots, seed): draw_shots(LABELS, GROUPS, shots, seed)
             for shots in (1, 2) for seed in (0, 1)}  # fmt: skip
    file = tmp_path / 'draws.json'
    write_draws(file, draws, here, tmp_path / 'here')
    first = file.read_bytes()
    write_draws(file, draws, here, tmp_path / 'here')
    assert file.read_bytes() == first
    assert str(tmp_path) not in file.read_text()
    there = [f'/elsewhere/{name}' for name in reversed(names)]
    found = read_draws(file, there, '/elsewhere')
    for key, places in draws.items():
        assert {there[place] for place in found[key]} == {f'/elsewhere/{names[p]}' for p in places}
    with pytest.raises(DataError, match=r'chips that the data set in .* has not: tank/'):
        read_draws(file, there[:5], '/elsewhere')
    with pytest.raises(DataError, match='not below'):
        write_draws(file, draws, here, tmp_path / 'other')
    file.write_text(json.dumps({'format': 'else'}))
    with pytest.raises(DataError, match="its format is 'else'"):
        read_draws(file, there, '/elsewhere')
