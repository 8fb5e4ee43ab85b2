"""Scores, their statistics over seeds, and the tables made of them."""

import csv
import json

import numpy as np
import pytest
from scipy import stats

from mmsar.apis.cross_sensor import tables
from mmsar.apis.cross_sensor.results import Results
from mmsar.apis.cross_sensor.scores import (
    class_figures,
    confusion_matrix,
    figures,
    read_training,
)
from mmsar.apis.cross_sensor.settings import (
    Comparison,
    DataSettings,
    DownstreamSettings,
    Experiment,
    Row,
)
from mmsar.apis.cross_sensor.statistics import summarise
from mmsar.errors import DataError


def slow_figures(truth, found, classes):
    """Return macro averages by counting, class by class."""
    parts = []
    for label in range(classes):
        pairs = list(zip(truth, found, strict=True))
        hit = sum(t == label and f == label for t, f in pairs)
        said = sum(f == label for _, f in pairs)
        there = sum(t == label for t, _ in pairs)
        precision = hit / said if said else 0.0
        recall = hit / there if there else 0.0
        both = precision + recall
        parts.append((precision, recall, 2 * precision * recall / both if both else 0.0))
    right = sum(t == f for t, f in zip(truth, found, strict=True)) / len(truth)
    return 100 * np.array([right, *np.mean(parts, axis=0)])


@pytest.mark.parametrize('seed', range(3))
def test_figures(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, 60)
    found = np.where(rng.random(60) < 0.6, truth, rng.integers(0, 4, 60))  # nothing is a 4
    matrix = confusion_matrix(truth, found, 6)  # of class 5 there is none
    assert matrix.sum() == 60
    assert list(figures(matrix).values()) == pytest.approx(slow_figures(truth, found, 6))
    assert class_figures(matrix)['recall'][5] == 0


def test_the_papers_macro_averages_fit_its_counts():
    """Recall is accuracy where classes are equally frequent, as in Tables 2 and 3."""
    matrix = np.diag([13, 10, 9, 6, 5, 5, 4]) + np.array([[0] * 7] * 7)
    matrix[:, 0] += 13 - matrix.sum(1)
    found = figures(matrix)
    assert found['accuracy'] == pytest.approx(found['recall'])
    assert found['accuracy'] == pytest.approx(57.142, abs=1e-3)  # 52 of 91


def test_paired_interval_is_that_of_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.normal(70, 3, 5), rng.normal(65, 3, 5)
    found = summarise(dict(enumerate(first)), dict(enumerate(second)))
    interval = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert found.difference - found.half_width == pytest.approx(interval.low)
    assert found.difference + found.half_width == pytest.approx(interval.high)
    assert (found.mean, found.deviation) == pytest.approx((first.mean(), first.std(ddof=1)))
    assert found.differs == (interval.low > 0 or interval.high < 0)


def test_no_interval_is_made_up():
    one = summarise({0: 70.0}, {0: 60.0, 1: 50.0})
    assert (one.difference, one.half_width, one.deviation) == (10.0, None, None)
    assert not one.differs
    assert summarise({}, {0: 1.0}) is None
    apart = summarise({0: 70.0, 1: 72.0}, {2: 60.0})
    assert (apart.difference, apart.half_width) == (None, None)


@pytest.fixture
def experiment():
    rows = {
        'real': Row(('sar2',), paper=(57.142, 55.659, 57.143, 51.65)),
        'raw': Row(('sar2', 'sar1'), label='both'),
    }
    return Experiment(
        DataSettings('a', 'b', ('X', 'C')), DownstreamSettings('c'), rows,
        {'table2': Comparison(('real', 'raw'))},
    )  # fmt: skip


@pytest.fixture
def work(tmp_path):
    """Scores of two rows and three seeds, made by hand: 50, 60, 70 and 60, 70, 80 percent."""
    for name, first in (('real', 5), ('raw', 6)):
        for seed in range(3):
            path = tmp_path / f'seed{seed}' / 'scores' / f'{name}.json'
            path.parent.mkdir(parents=True, exist_ok=True)
            right = first + seed
            record = {
                'confusion': [[right, 10 - right], [10 - right, right]],
                'images': {'sar2': {'a': 3, 'b': 4}, **({'sar1': {'a': 2}} if first == 6 else {})},
                'epochs': 2,
                'steps': 4,
                'training': {'epoch': [1.0, 2.0], 'loss': [2.0, 1.0], 'accuracy': [40.0, 60.0]},
            }
            path.write_text(json.dumps(record))
    return tmp_path


def results(work, seeds=3):
    done = [f'seed{s}/classify/{name}' for s in range(seeds) for name in ('real', 'raw')]
    return Results(work, done, seeds)


def test_comparison_table(experiment, work):
    comparison = experiment.comparisons['table2']
    found = tables.comparison_table(experiment, comparison, results(work))
    lines = found.markdown().splitlines()
    assert 'accuracy less that of "C"' in lines[0]
    assert lines[2] == (
        '| C | 7 | 3 | 60.00 ± 10.00 | 60.00 ± 10.00 | 60.00 ± 10.00 | 60.00 ± 10.00 |  |  '
        '| 57.14, 55.66, 57.14, 51.65 |'
    )
    assert '| both | 9 | 3 | 70.00 ± 10.00 |' in lines[3]
    assert lines[3].endswith('| **+10.00 ± 0.00** | **+10.00 ± 0.00** |  |')
    rows = list(csv.DictReader(found.csv().splitlines()))
    assert rows[1]['accuracy difference'] == '10.0'
    assert rows[0]['accuracy difference'] == rows[1]['paper F1'] == ''
    assert (rows[1]['reference'], rows[1]['steps']) == ('real', '4')


def test_one_seed_and_none(experiment, work):
    comparison = experiment.comparisons['table2']
    text = tables.comparison_table(experiment, comparison, results(work, 1)).markdown()
    assert '| both | 9 | 1 | 60.00 | 60.00 | 60.00 | 60.00 | +10.00 | +10.00 |' in text
    nothing = tables.comparison_table(experiment, comparison, Results(work, [], 1)).markdown()
    assert '| both | - | 0 | - | - | - | - |  |  |' in nothing


def test_other_tables(experiment, work):
    found = results(work)
    assert (
        tables.seeds_table(experiment, found).csv().splitlines()[4] == 'raw,0,60.0,60.0,60.0,60.0'
    )
    by_class = tables.classes_table(experiment, ('a', 'b'), found).csv().splitlines()
    assert by_class[1] == 'real,a,60.0,60.0,60.0'
    confusion = tables.confusion_table(('a', 'b'), ['real'], found).csv().splitlines()
    assert confusion[1:] == ['real,a,18,12', 'real,b,12,18']
    curves = tables.curves_table(['raw'], found).csv().splitlines()
    assert curves[2] == 'raw,0,2,4,1.0,60.0'
    assert tables.fidelity_table(experiment, ['sar1'], found) is None


def test_a_lost_record_is_named(experiment, work):
    (work / 'seed1' / 'scores' / 'raw.json').write_text('{')
    with pytest.raises(DataError, match=r'raw\.json cannot be read .* delete its marker'):
        results(work).figures('raw')


def test_course_of_a_run_that_was_stopped(tmp_path):
    for name, lines in (
        ('20260101_000000', [(1, 3.0), (2, 9.0)]),
        ('20260102_000000', [(2, 2.0), (3, 1.0)]),  # epoch 2 again
    ):
        path = tmp_path / name / 'vis_data' / 'scalars.json'
        path.parent.mkdir(parents=True)
        rows = [{'loss': v, 'epoch': e, 'step': 5 * e, 'accuracy_top-1': 10 * e} for e, v in lines]
        path.write_text('\n'.join(map(json.dumps, rows)))
    found = read_training(tmp_path)
    assert found['loss'] == [3.0, 2.0, 1.0]
    assert found['accuracy'] == [10, 20, 30]
    with pytest.raises(DataError, match='has no loss'):
        read_training(tmp_path / 'none')
