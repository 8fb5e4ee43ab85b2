"""The matching metric as mmengine runs it."""

import json
import logging
import math

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import BaseDataElement
from PIL import Image

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import MatchingMetric
from mmsar.evaluation.pairs import scores as matching_scores


def pair(sar: int, optical: int, distance: float, codes=None, group=None) -> BaseDataElement:
    """A pair as a network returns it."""
    sample = BaseDataElement(
        metainfo={
            'sar_path': f'sar/{sar}.png',
            'optical_path': f'optical/{optical}.png',
            'sar_id': sar,
            'optical_id': optical,
            'sar_group': group,
            'optical_group': None,
        }
    )
    sample.label = torch.tensor(int(sar == optical))
    sample.distance = torch.tensor(distance)
    if codes is not None:
        sample.z_sar, sample.z_optical = (torch.from_numpy(code) for code in codes)
    return sample


def coded_pairs(count: int = 12, scenes: int = 4) -> list[BaseDataElement]:
    """Pairs and non-pairs with codes, and the distances between these."""
    generator = np.random.default_rng(0)
    optical = generator.random((count, 6), 'f4')
    sar = (optical + generator.normal(0, 0.1, optical.shape)).astype('f4')
    samples = []
    for shift in (0, 3):
        for number in range(count):
            other = (number + shift) % count
            distance = float(np.sqrt(((sar[number] - optical[other]) ** 2).mean()))
            codes = (sar[number], optical[other])
            samples.append(pair(number, other, distance, codes, f'scene {number % scenes}'))
    return samples


def evaluate(samples: list, **options) -> dict[str, float]:
    evaluator = Evaluator([MatchingMetric(**options)])
    for start in range(0, len(samples), 5):
        evaluator.process(samples[start : start + 5], {})
    return evaluator.evaluate(len(samples))


def test_figures_are_those_of_the_functions():
    samples = coded_pairs()
    result = evaluate(samples, threshold=0.2)
    distances = [float(sample.distance) for sample in samples]
    labels = [int(sample.label) for sample in samples]
    curve = matching_scores.curve(distances, labels)
    rates = matching_scores.rates(distances, labels, 0.2)
    scenes = [sample.sar_group for sample in samples]
    low, high = matching_scores.auc_interval(distances, labels, scenes)
    expected = {
        'matching/accuracy': rates['accuracy'],
        'matching/precision': rates['precision'],
        'matching/recall': rates['recall'],
        'matching/threshold': 0.2,
        'matching/AUC': curve.auc(),
        'matching/AUC_low': low,
        'matching/AUC_high': high,
        'matching/EER': curve.eer(),
    }
    assert {name: result[name] for name in expected} == pytest.approx(expected)


def test_retrieval_is_over_each_image_once():
    # Codes on a line: radar image 1 is nearer to optical image 2 than to its own.
    sar, optical = [[0.0], [1.9], [2.2]], [[0.1], [1.0], [2.0]]
    samples = [
        pair(s, o, 0.1, [np.array(sar[s], 'f4'), np.array(optical[o], 'f4')])
        for s, o in [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0)]
    ]
    result = evaluate(samples, retrieval_k=(1, 2))
    assert result['matching/sar_to_optical_recall_at_1'] == pytest.approx(2 / 3)
    assert result['matching/sar_to_optical_recall_at_2'] == 1
    # Optical image 2 (2.0) is nearer to radar image 1 (1.9) than to its own (2.2).
    assert result['matching/optical_to_sar_recall_at_1'] == pytest.approx(2 / 3)
    # Radar image 0 has no partner in the set: it asks for nothing, but is searched.
    part = evaluate(samples[1:4], retrieval_k=(1,))  # optical images 1 and 2
    assert part['matching/sar_to_optical_recall_at_1'] == pytest.approx(1 / 2)
    assert 'matching/sar_to_optical_recall_at_1' not in evaluate(samples, retrieval_k=())
    without = [pair(0, 0, 0.1), pair(0, 1, 0.7)]
    assert not [name for name in evaluate(without) if 'recall_at' in name]


def test_threshold_chosen_on_the_set_says_so(tmp_path, caplog):
    samples = [pair(0, 0, 0.5), pair(1, 1, 0.6), pair(0, 1, 0.7), pair(1, 0, 0.9)]
    logger = MMLogger.get_instance('matching', logger_name='matching')
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        fixed = evaluate(samples)
        best = evaluate(samples, threshold='best', out_file=tmp_path / 'a.json')
    assert fixed['matching/accuracy'] == 0.5
    assert fixed['matching/precision'] == -1  # nothing is said to match
    assert best['matching/accuracy'] == fixed['matching/best_accuracy'] == 1
    assert best['matching/threshold'] == pytest.approx(0.65)
    assert json.loads((tmp_path / 'a.json').read_text())['threshold_from'] == (
        'the best on these pairs'
    )
    assert 'threshold 0.3800, the config' in caplog.text
    assert 'threshold 0.6500, the best on these pairs' in caplog.text
    assert '2 pairs that match, 2 that do not' in caplog.text


def test_files(tmp_path):
    path, picture = tmp_path / 'out' / 'scores.json', tmp_path / 'out' / 'histogram.png'
    samples = coded_pairs()
    result = evaluate(samples, out_file=path, histogram=picture)
    content = json.loads(path.read_text())
    metrics = {f'matching/{name}': value for name, value in content['metrics'].items()}
    assert metrics == pytest.approx(result)
    assert content['counts'] == {
        'match': 12,
        'no_match': 12,
        'scenes': 4,
        'sar_images': 12,
        'optical_images': 12,
    }
    assert content['interval_over'] == 'scenes'
    counts = content['histogram']
    assert sum(counts['match']) == sum(counts['no match']) == 12
    assert counts['edges'][0] == 0
    assert counts['edges'][-1] == 1
    recall = content['roc']['recall']
    assert recall == sorted(recall)
    assert recall[-1] == 1
    pixels = np.asarray(Image.open(picture).convert('RGB')).astype(int)
    assert pixels.shape == (480, 840, 3)
    blue, red = pixels[..., 2] - pixels[..., 0], pixels[..., 0] - pixels[..., 2]
    assert (blue > 100).sum() > 100
    assert (red > 100).sum() > 100
    assert sorted(file.name for file in path.parent.iterdir()) == ['histogram.png', 'scores.json']


def test_one_kind_of_pairs(tmp_path, caplog):
    logger = MMLogger.get_instance('one kind', logger_name='one kind')
    logger.addHandler(caplog.handler)
    samples = [pair(0, 0, 0.2), pair(1, 1, 0.6)]
    with caplog.at_level(logging.INFO):
        result = evaluate(samples, out_file=tmp_path / 'a.json', histogram=tmp_path / 'a.png')
    assert result['matching/accuracy'] == result['matching/recall'] == 0.5
    assert result['matching/AUC'] == result['matching/EER'] == -1
    content = json.loads((tmp_path / 'a.json').read_text())
    assert content['metrics']['AUC'] is None
    assert content['roc'] == {}
    assert 'Only one kind of pairs' in caplog.text


def test_interval_is_over_images_without_scenes(tmp_path):
    generator = np.random.default_rng(0)
    samples = [pair(n, n, generator.random()) for n in range(20)]
    samples += [pair(n, (n + 1) % 20, generator.random()) for n in range(20)]
    result = evaluate(samples, out_file=tmp_path / 'a.json')
    assert json.loads((tmp_path / 'a.json').read_text())['interval_over'] == 'radar images'
    distances, labels = zip(*[(float(s.distance), int(s.label)) for s in samples], strict=True)
    interval = matching_scores.auc_interval(distances, labels, np.arange(40) % 20)
    assert (result['matching/AUC_low'], result['matching/AUC_high']) == interval


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'threshold': 'bets'}, "threshold='bets' is no distance; .* from 0 to 1 or 'best'"),
        ({'threshold': math.nan}, 'threshold=nan'),
        ({'threshold': 1.5}, 'threshold=1.5'),
        ({'threshold': True}, 'threshold=True'),
        ({'retrieval_k': (0, 5)}, 'retrieval_k'),
        ({'resamples': 3}, 'resamples=3'),
        ({'histogram': 'a.jpg'}, r"'a.jpg' must end in .png"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ConfigError, match=message):
        MatchingMetric(**options)


def test_wrong_samples():
    with pytest.raises(DataError, match=r'needs distance, sar_id in each sample, which has label'):
        MatchingMetric().process({}, [{'label': 1, 'optical_id': 0}])
    metric = MatchingMetric()
    metric.process({}, [pair(0, 0, 0.1).to_dict(), pair(1, 1, float('nan')).to_dict()])
    with pytest.raises(DataError, match=r'1 of 2 distances are not finite \(first: sar/1\.png\)'):
        metric.evaluate(2)
