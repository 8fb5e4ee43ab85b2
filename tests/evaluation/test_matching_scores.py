"""Figures of matching against hand-worked cases, slow versions and scipy."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from mmsar.errors import DataError
from mmsar.evaluation.pairs import scores
from mmsar.evaluation.pairs.retrieval import recall_at

# Four pairs that match, four that do not, in ascending order of distance; two are tied.
DISTANCES = [0.1, 0.2, 0.3, 0.4, 0.4, 0.6, 0.7, 0.9]
LABELS = [1, 1, 0, 1, 0, 0, 1, 0]


def random_pairs(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = np.append(generator.integers(0, 2, 60), [0, 1])
    distances = np.clip(generator.normal(0.6 - 0.15 * labels, 0.2), 0, 1)
    return (np.round(distances, 1) if ties else distances), labels


def test_rates_worked_by_hand():
    # At 0.4: three of four matches pass, and two of four others.
    result = scores.rates(DISTANCES, LABELS, 0.4)
    assert result == {'accuracy': 5 / 8, 'precision': 3 / 5, 'recall': 3 / 4}
    below = scores.rates(DISTANCES, LABELS, np.nextafter(0.4, 0))
    assert below == {'accuracy': 5 / 8, 'precision': 2 / 3, 'recall': 2 / 4}
    nothing = scores.rates(DISTANCES, LABELS, 0.0)
    assert np.isnan(nothing['precision'])
    assert nothing['recall'] == 0


def test_auc_and_best_threshold_worked_by_hand():
    curve = scores.curve(DISTANCES, LABELS)
    # Others farther than each match: 4, 4, 2 and half a tie, 1.
    assert curve.auc() == pytest.approx((4 + 4 + 2.5 + 1) / 16)
    # Up to 0.2: both right, and all four others: 6 of 8. Half way to 0.3.
    assert curve.best_threshold() == pytest.approx(0.25)
    assert curve.thresholds.tolist() == [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.9]
    assert curve.true.tolist() == [0, 1, 2, 2, 3, 3, 4, 4]
    assert curve.false.tolist() == [0, 0, 0, 1, 2, 3, 3, 4]


def test_equal_error_rate_worked_by_hand():
    # Up to 0.3: 2 of 4 missed, 1 of 4 passed. Up to 0.4: 1 of 4 missed, 2 of 4 passed.
    assert scores.curve(DISTANCES, LABELS).eer() == pytest.approx(3 / 8)
    assert scores.curve([0.1, 0.2, 0.3, 0.4], [1, 1, 0, 0]).eer() == 0
    assert scores.curve([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]).eer() == 1
    assert scores.curve([0.5] * 5, [1, 0, 1, 0, 0]).eer() == pytest.approx(0.5)


@pytest.mark.parametrize('ties', [False, True])
@pytest.mark.parametrize('seed', range(5))
def test_auc_is_that_of_mann_and_whitney(seed, ties):
    distances, labels = random_pairs(seed, ties)
    matches, others = distances[labels == 1], distances[labels == 0]
    statistic = mannwhitneyu(others, matches).statistic
    auc = scores.curve(distances, labels).auc()
    assert auc == pytest.approx(statistic / (len(matches) * len(others)), abs=1e-12)


@pytest.mark.parametrize('ties', [False, True])
def test_curves_agree_with_scikit_learn(ties):
    metrics = pytest.importorskip('sklearn.metrics')
    distances, labels = random_pairs(7, ties)
    curve = scores.curve(distances, labels)
    assert curve.auc() == pytest.approx(metrics.roc_auc_score(labels, -distances))
    false, true, _ = metrics.roc_curve(labels, -distances, drop_intermediate=False)
    assert curve.true / curve.matches == pytest.approx(true)
    assert curve.false / curve.others == pytest.approx(false)
    said = (distances <= 0.5).astype(int)
    ours = scores.rates(distances, labels, 0.5)
    assert ours['accuracy'] == pytest.approx(metrics.accuracy_score(labels, said))
    assert ours['precision'] == pytest.approx(metrics.precision_score(labels, said))
    assert ours['recall'] == pytest.approx(metrics.recall_score(labels, said))


@pytest.mark.parametrize('ties', [False, True])
@pytest.mark.parametrize('seed', range(5))
def test_no_threshold_is_better_than_the_best(seed, ties):
    distances, labels = random_pairs(seed, ties)
    best = scores.curve(distances, labels).best_threshold()
    accuracy = scores.rates(distances, labels, best)['accuracy']
    tried = np.concatenate([[-1], distances])  # every cut is one of these
    others = [scores.rates(distances, labels, threshold)['accuracy'] for threshold in tried]
    assert accuracy == max(others)


def test_best_threshold_where_all_or_none_match():
    assert scores.curve([0.2, 0.3], [1, 1]).best_threshold() == 0.3
    none = scores.curve([0.2, 0.3], [0, 0]).best_threshold()
    assert scores.rates([0.2, 0.3], [0, 0], none)['accuracy'] == 1
    # Below the smallest distance that there is: nothing matches.
    zero = scores.curve([0.0, 0.3], [0, 1]).best_threshold()
    assert -1e-300 < zero < 0
    assert scores.rates([0.0, 0.3], [0, 0], zero)['accuracy'] == 1
    # There is no number between them.
    close = [0.5, np.nextafter(0.5, 1)]
    best = scores.curve(close, [1, 0]).best_threshold()
    assert scores.rates(close, [1, 0], best)['accuracy'] == 1


def test_one_kind_of_pairs_has_no_curve():
    for label in (0, 1):
        curve = scores.curve([0.1, 0.2], [label] * 2)
        assert np.isnan([curve.auc(), curve.eer()]).all()
        assert np.isnan(scores.auc_interval([0.1, 0.2], [label] * 2)).all()


def test_interval_covers_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(0)
    labels = np.arange(120) % 2
    truth = 0.7602  # Phi(1 / sqrt 2) of two normal distributions one deviation apart
    inside = 0
    for _ in range(60):
        low, high = scores.auc_interval(generator.normal(-labels, 1), labels, resamples=200)
        inside += low <= truth <= high
    assert 50 <= inside <= 60


def test_interval_repeats_and_widens_with_clusters():
    generator = np.random.default_rng(1)
    scenes = np.repeat(np.arange(12), 20)
    labels = np.tile([0, 1], 120)
    # The difference between both kinds is that of the scene, so 240 pairs are 12 draws.
    gain = generator.normal(0.5, 1.5, 12)[scenes]
    distances = generator.normal(-labels * gain, 0.3)
    alone = scores.auc_interval(distances, labels)
    together = scores.auc_interval(distances, labels, scenes)
    assert together == scores.auc_interval(distances, labels, scenes)
    assert together != scores.auc_interval(distances, labels, scenes, seed=1)
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])
    # Names and order of clusters do not matter.
    names = np.array([f'scene {number:02d}' for number in scenes])
    assert together == scores.auc_interval(distances, labels, names)
    assert np.isnan(scores.auc_interval(distances, labels, np.zeros(240))).all()


def test_weighted_draws_are_those_of_repeated_pairs():
    """A cluster that is drawn twice counts twice; slow version of one draw."""
    distances, labels = random_pairs(3, ties=True)
    clusters = np.arange(len(labels)) // 7
    count = clusters.max() + 1
    areas = []
    generator = np.random.default_rng(0)
    for _ in range(100):
        drawn = generator.integers(count, size=count)
        rows = np.concatenate([np.flatnonzero(clusters == number) for number in drawn])
        areas.append(scores.curve(distances[rows], labels[rows]).auc())
    expected = np.percentile(areas, (2.5, 97.5))
    assert scores.auc_interval(distances, labels, clusters, 100) == pytest.approx(tuple(expected))


@pytest.mark.parametrize(
    ('distances', 'labels', 'message'),
    [
        ([], [], 'there are no pairs'),
        ([0.1, 0.2], [1], r'\(2,\) distances and \(1,\) labels'),
        ([[0.1]], [[1]], 'give one of each a pair'),
        ([0.1, 0.2], [1, 2], 'labels are .* 1 is a match'),
        ([0.1, np.nan, np.inf], [1, 0, 1], r'2 of 3 distances are not finite \(first: number 1\)'),
    ],
)
def test_wrong_input(distances, labels, message):
    with pytest.raises(DataError, match=message):
        scores.curve(distances, labels)


@pytest.mark.parametrize('size', [7, 700])  # below and above a chunk
def test_retrieval_against_sorting(size):
    generator = np.random.default_rng(size)
    gallery = generator.random((size, 5))
    queries = gallery + generator.normal(0, 0.2, gallery.shape)
    partners = generator.permutation(size)
    found = recall_at(queries[partners], gallery, partners, (1, 3, size))
    distances = np.linalg.norm(queries[partners][:, None] - gallery, axis=-1)
    places = [
        np.argsort(row).tolist().index(own) for row, own in zip(distances, partners, strict=True)
    ]
    assert found == pytest.approx([np.mean(np.array(places) < k) for k in (1, 3, size)])
    assert found[-1] == 1


def test_equal_codes_do_not_count_as_found():
    same = np.full((50, 4), 0.3, 'f4')
    assert recall_at(same, same, np.arange(50), (1, 5, 50)) == pytest.approx([1 / 50, 5 / 50, 1])
    # One nearer, partner tied with one other: second or third place.
    gallery = np.array([[0.0], [1.0], [1.0], [5.0]])
    assert recall_at(np.zeros((1, 1)), gallery, np.array([2]), (1, 2, 3)) == [0, 0.5, 1]
    assert np.isnan(recall_at(np.zeros((0, 4)), same, np.zeros(0, int), (1,))).all()
